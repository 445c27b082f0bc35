-- $1 job, $2 epoch, $3 owner
UPDATE upload_pipeline.upload_jobs SET set_aside = false
WHERE job_id = $1 AND lease_epoch = $2 AND lease_owner = $3
RETURNING job_id
