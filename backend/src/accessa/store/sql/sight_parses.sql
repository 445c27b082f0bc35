-- Parses that are asked for and not collected: how many, and the age of the oldest in seconds. Goes through unfinished jobs.
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(run.submitted_at)), 0)::float8 AS oldest_seconds
FROM upload_pipeline.upload_jobs job
JOIN upload_pipeline.parse_runs run USING (job_id)
WHERE job.processing_completed_at IS NULL AND job.status = 'parse_queued'
    AND run.submitted_at IS NOT NULL AND run.collected_at IS NULL
