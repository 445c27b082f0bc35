-- the newest run that has ended; `broken` and `totals` are its violations for readers that take no jsonb apart
SELECT violations, unfinished,
    ARRAY(SELECT key FROM jsonb_each(violations) ORDER BY key) AS broken,
    ARRAY(SELECT (value ->> 'total')::bigint FROM jsonb_each(violations) ORDER BY key) AS totals,
    extract(epoch FROM ended_at)::float8 AS ended_at,
    extract(epoch FROM clock_timestamp() - ended_at)::float8 AS seconds_ago
FROM upload_pipeline.audit_runs
WHERE ended_at IS NOT NULL
ORDER BY started_at DESC
LIMIT 1
