-- How long the oldest unfinished job has been here, how many jobs are due, and how long the first of them has been due.
-- A job that waits at the gate of a provider is not due for a worker before the gate lets it through.
SELECT count(*) AS unfinished,
    extract(epoch FROM now() - min(job.created_at))::float8 AS unfinished_seconds,
    count(*) FILTER (WHERE job.available_at <= now() AND job.waits_for = '') AS due,
    extract(epoch FROM now() - min(job.available_at) FILTER (WHERE job.available_at <= now() AND job.waits_for = ''))::float8 AS due_seconds
FROM upload_pipeline.upload_jobs AS job
WHERE job.processing_completed_at IS NULL
