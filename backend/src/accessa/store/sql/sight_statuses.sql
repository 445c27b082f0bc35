-- Unfinished jobs by status: how many, and the age of the oldest in seconds. Goes through all of them.
SELECT status, count(*) AS jobs, extract(epoch FROM now() - min(created_at))::float8 AS oldest_seconds
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at IS NULL
GROUP BY status
