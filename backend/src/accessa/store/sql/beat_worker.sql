-- $1 worker, $2 host, $3 pid, $4 state, $5 jobs in hand, $6 version
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, jobs_in_hand, version)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (worker_id) DO UPDATE
SET state = excluded.state, jobs_in_hand = excluded.jobs_in_hand, heartbeat_at = now()
