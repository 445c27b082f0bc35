-- $1 job, $2 the provider's job id, $3 seconds until the deadline
UPDATE upload_pipeline.parse_runs
SET provider_job_id = $2, submitted_at = now(), deadline_at = now() + make_interval(secs => $3)
WHERE job_id = $1
