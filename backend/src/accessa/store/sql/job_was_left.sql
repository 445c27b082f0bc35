-- $1 job, $2 epoch, $3 status
SELECT EXISTS (
    SELECT FROM upload_pipeline.upload_jobs WHERE job_id = $1 AND lease_epoch = $2 AND status = $3
)
