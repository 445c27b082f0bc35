-- $1 job
UPDATE upload_pipeline.parse_runs
SET provider_job_id = NULL, submitted_at = NULL, deadline_at = NULL
WHERE job_id = $1
