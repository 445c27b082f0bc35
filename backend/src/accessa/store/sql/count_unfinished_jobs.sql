-- Unfinished jobs by status: how many, the age of the oldest, how many are due, and for how long the first of them; in seconds.
-- A job that waits at the gate of a provider is not due for a worker before the gate lets it through.
SELECT job.status, count(*) AS jobs,
    extract(epoch FROM now() - min(job.created_at))::float8 AS oldest_seconds,
    count(*) FILTER (WHERE job.available_at <= now() AND job.waits_for = '') AS due,
    extract(
        epoch FROM now() - min(job.available_at) FILTER (WHERE job.available_at <= now() AND job.waits_for = '')
    )::float8 AS due_seconds
FROM upload_pipeline.upload_jobs AS job
WHERE job.processing_completed_at IS NULL
GROUP BY job.status
