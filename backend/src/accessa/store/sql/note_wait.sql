-- $1 job, $2 epoch, $3 why it waits, $4 provider whose gate it waits for
UPDATE upload_pipeline.upload_jobs
SET last_error = $3, waits_for = $4, crash_count = 0, updated_at = now()
WHERE job_id = $1 AND lease_epoch = $2
