-- What came and went in the last $1 seconds, and what stands now; jobs of user $2, who only tests, do not count.
-- A job that waits for a provider is in `waiting_for_provider`, one that waits for a budget in `parked`.
SELECT
    (
        SELECT count(*) FROM upload_pipeline.upload_jobs
        WHERE created_at >= now() - make_interval(secs => $1) AND user_id <> $2
    ) AS arrived,
    (
        SELECT extract(epoch FROM now() - min(created_at))::float8 FROM upload_pipeline.upload_jobs
        WHERE created_at >= now() - make_interval(secs => $1) AND user_id <> $2
    ) AS first_seconds_ago,
    ended.completed, ended.failed, open.unfinished, open.due, open.held, open.waiting_for_provider, open.parked
FROM (
    SELECT count(*) FILTER (WHERE status = 'complete') AS completed, count(*) FILTER (WHERE status <> 'complete') AS failed
    FROM upload_pipeline.upload_jobs
    WHERE processing_completed_at >= now() - make_interval(secs => $1) AND user_id <> $2
) AS ended, (
    SELECT count(*) AS unfinished,
        count(*) FILTER (WHERE lease_owner IS NULL AND waits_for = '' AND available_at <= now()) AS due,
        count(*) FILTER (WHERE lease_owner IS NOT NULL) AS held,
        count(*) FILTER (WHERE waits_for <> '') AS waiting_for_provider,
        count(*) FILTER (WHERE last_error ->> 'code' = 'BUDGET_REACHED') AS parked
    FROM upload_pipeline.upload_jobs
    WHERE processing_completed_at IS NULL AND user_id <> $2
) AS open
