-- $1 job, $2 status it is in, $3 status it ends in, $4 error
UPDATE upload_pipeline.upload_jobs
SET status = $3, last_error = $4, lease_owner = NULL, updated_at = now()
WHERE job_id = $1 AND status = $2
