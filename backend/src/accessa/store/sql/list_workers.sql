-- All living workers, and the newest $3 of those that ended or fell silent within the last $2 seconds, the latest first;
-- alive means a sign of life within $1 seconds. The jobs of a worker that is gone are others' by now, so it has none.
-- `gone` counts all that are gone, also those left out.
WITH recent AS (
    SELECT worker.*, worker.state <> 'stopped' AND worker.heartbeat_at >= now() - make_interval(secs => $1) AS alive
    FROM upload_pipeline.workers AS worker
    WHERE worker.heartbeat_at >= now() - make_interval(secs => $2)
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY alive ORDER BY heartbeat_at DESC) AS place,
        count(*) FILTER (WHERE NOT alive) OVER () AS gone
    FROM recent
)
SELECT worker_id, host, pid, state, CASE WHEN alive THEN jobs_in_hand END AS jobs_in_hand, version,
    extract(epoch FROM now() - started_at)::float8 AS age_seconds,
    extract(epoch FROM now() - heartbeat_at)::float8 AS silent_seconds, alive, gone
FROM placed
WHERE alive OR place <= $3
ORDER BY alive DESC, heartbeat_at DESC
LIMIT 50
