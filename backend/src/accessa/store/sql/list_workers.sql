-- The workers that gave a sign of life within the last $2 seconds, the latest first; alive means within $1 seconds.
SELECT worker.worker_id, worker.host, worker.pid, worker.state, worker.jobs_in_hand, worker.version,
    extract(epoch FROM now() - worker.started_at)::float8 AS age_seconds,
    extract(epoch FROM now() - worker.heartbeat_at)::float8 AS silent_seconds,
    worker.state <> 'stopped' AND worker.heartbeat_at >= now() - make_interval(secs => $1) AS alive
FROM upload_pipeline.workers AS worker
WHERE worker.heartbeat_at >= now() - make_interval(secs => $2)
ORDER BY alive DESC, worker.heartbeat_at DESC
LIMIT 50
