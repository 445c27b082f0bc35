-- Parses that are asked for and not collected: how many, the age of the oldest in seconds, and how many are overdue: the provider
-- has told nothing of them although $1 seconds for each $2 pages are over, nor has it finished another since. Goes through
-- unfinished jobs.
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(run.submitted_at)), 0)::float8 AS oldest_seconds,
    count(*) FILTER (
        WHERE run.notified_at IS NULL
            AND run.submitted_at < now() - make_interval(secs => $1 * ceil(greatest(run.pages_expected, 1) / $2::float8))
            AND run.submitted_at > (
                SELECT coalesce(max(finished.collected_at), '-infinity') FROM upload_pipeline.parse_runs finished
                WHERE finished.collected_at > now() - interval '1 day' AND finished.submitted_at IS NOT NULL
            )
    ) AS overdue
FROM upload_pipeline.upload_jobs job
JOIN upload_pipeline.parse_runs run USING (job_id)
WHERE job.processing_completed_at IS NULL AND job.status = 'parse_queued'
    AND run.submitted_at IS NOT NULL AND run.collected_at IS NULL
