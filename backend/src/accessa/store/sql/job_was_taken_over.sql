-- $1 job, $2 epoch of the lease that was lost: every claim raises it, so a higher one is another worker's
SELECT lease_epoch > $2 FROM upload_pipeline.upload_jobs WHERE job_id = $1
