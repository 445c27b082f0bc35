-- $1 worker, $2 host, $3 pid, $4 state, $5 jobs in hand, $6 version, $7 address of its metrics, $8 vitals
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, jobs_in_hand, version, metrics_url, vitals)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (worker_id) DO UPDATE
SET state = excluded.state, jobs_in_hand = excluded.jobs_in_hand, heartbeat_at = now(),
    metrics_url = excluded.metrics_url, vitals = excluded.vitals
RETURNING extract(epoch FROM clock_timestamp())::float8 AS told_at
