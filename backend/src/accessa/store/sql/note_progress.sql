-- $1 job, $2 progress
UPDATE upload_pipeline.upload_jobs
SET progress = progress || $2, crash_count = 0, attempts_in_row = 0, wait_count = 0
WHERE job_id = $1
