-- $1 jobs that the caller has locked, $2 lease in seconds
UPDATE upload_pipeline.upload_jobs
SET available_at = clock_timestamp() + make_interval(secs => $2)
WHERE job_id = ANY ($1)
