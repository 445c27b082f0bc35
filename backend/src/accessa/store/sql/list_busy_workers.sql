-- $1 workers, $2 seconds: those of them that live, and have not said within so long that they have nothing in hand
SELECT worker_id
FROM upload_pipeline.workers
WHERE worker_id = ANY ($1) AND state <> 'stopped' AND heartbeat_at > now() - interval '15 seconds'
    AND (jobs_in_hand > 0 OR heartbeat_at <= now() - make_interval(secs => $2))
