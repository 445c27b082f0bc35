-- $1 job, $2 epoch, $3 owner, $4 lease in seconds
UPDATE upload_pipeline.upload_jobs
SET available_at = now() + make_interval(secs => $4)
WHERE job_id = $1 AND lease_epoch = $2 AND lease_owner = $3
RETURNING job_id
