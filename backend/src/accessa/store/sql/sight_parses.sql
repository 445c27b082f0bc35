-- Parses that are asked for and not collected: how many, the age of the oldest in seconds, and of how many the provider has told
-- nothing although $1 seconds for each $2 pages are over. Goes through unfinished jobs.
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(run.submitted_at)), 0)::float8 AS oldest_seconds,
    count(*) FILTER (
        WHERE run.notified_at IS NULL
            AND run.submitted_at < now() - make_interval(secs => $1 * ceil(greatest(run.pages_expected, 1) / $2::float8))
    ) AS overdue
FROM upload_pipeline.upload_jobs job
JOIN upload_pipeline.parse_runs run USING (job_id)
WHERE job.processing_completed_at IS NULL AND job.status = 'parse_queued'
    AND run.submitted_at IS NOT NULL AND run.collected_at IS NULL
