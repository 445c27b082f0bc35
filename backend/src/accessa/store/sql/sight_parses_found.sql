-- Parses collected since $1, by the minute and by whether a webhook told of them before; without one a poll found them.
SELECT date_trunc('minute', collected_at) AS minute,
    CASE WHEN notified_at <= collected_at THEN 'webhook' ELSE 'poll' END AS found_by,
    count(*) AS parses, count(*) FILTER (WHERE notified_at IS NULL) AS untold
FROM upload_pipeline.parse_runs
WHERE collected_at >= $1 AND submitted_at IS NOT NULL
GROUP BY 1, 2
