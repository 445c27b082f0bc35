-- Parses collected since $1; a webhook that came before told of them, else a poll found them.
SELECT parse_id, collected_at, coalesce(notified_at <= collected_at, false) AS told_before, notified_at IS NULL AS untold
FROM upload_pipeline.parse_runs
WHERE collected_at >= $1 AND submitted_at IS NOT NULL
