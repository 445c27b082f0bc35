-- Workers that are at work, and those that fell silent within the last $2 seconds, the newest $3 of them; alive means a sign
-- of life within $1 seconds.
SELECT worker_id, state, alive, metrics_url, vitals, jobs_in_hand,
    extract(epoch FROM now() - heartbeat_at)::float8 AS silent_seconds
FROM (
    SELECT worker.*, heartbeat_at >= now() - make_interval(secs => $1) AS alive,
        row_number() OVER (
            PARTITION BY heartbeat_at >= now() - make_interval(secs => $1) ORDER BY heartbeat_at DESC
        ) AS place
    FROM upload_pipeline.workers AS worker
    WHERE state <> 'stopped' AND heartbeat_at >= now() - make_interval(secs => $2)
) AS recent
WHERE alive OR place <= $3
ORDER BY alive DESC, worker_id
LIMIT 100
