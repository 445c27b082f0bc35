-- For how long jobs stood in each status: the newest $2 that became complete in the last $1 seconds, but for those of user $3.
WITH sample AS (
    SELECT job_id FROM upload_pipeline.upload_jobs
    WHERE processing_completed_at >= now() - make_interval(secs => $1) AND status = 'complete' AND user_id <> $3
    ORDER BY processing_completed_at DESC
    LIMIT $2
), moves AS (
    SELECT e.to_status, e.ts, lead(e.ts) OVER (PARTITION BY e.job_id ORDER BY e.event_id) AS left_at
    FROM sample CROSS JOIN LATERAL (
        SELECT job_id, event_id, ts, to_status FROM upload_pipeline.events
        WHERE job_id = sample.job_id AND to_status IS NOT NULL
    ) AS e
)
SELECT to_status AS status, count(*) AS jobs, avg(extract(epoch FROM left_at - ts))::float8 AS mean_seconds,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM left_at - ts))::float8 AS p95_seconds
FROM moves
WHERE left_at IS NOT NULL
GROUP BY to_status
