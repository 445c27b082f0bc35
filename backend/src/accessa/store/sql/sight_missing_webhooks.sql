-- Parses that were collected without a webhook within the last $1 seconds, since the last one that had one.
WITH recent AS MATERIALIZED (
    SELECT collected_at, notified_at FROM upload_pipeline.parse_runs
    WHERE collected_at > now() - make_interval(secs => $1) AND submitted_at IS NOT NULL
)
SELECT count(*) FROM recent
WHERE notified_at IS NULL
    AND collected_at > coalesce((SELECT max(collected_at) FROM recent WHERE notified_at IS NOT NULL), '-infinity')
