-- $1 job, $2 epoch, $3 why it waits
UPDATE upload_pipeline.upload_jobs
SET last_error = $3, crash_count = 0, updated_at = now()
WHERE job_id = $1 AND lease_epoch = $2
