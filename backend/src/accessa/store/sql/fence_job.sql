-- $1 job, $2 epoch, $3 owner, $4 status, $5 lease in seconds
UPDATE upload_pipeline.upload_jobs
SET available_at = now() + make_interval(secs => $5), updated_at = now()
WHERE job_id = $1 AND lease_epoch = $2 AND lease_owner = $3 AND status = $4
RETURNING job_id
