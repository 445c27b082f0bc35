-- Workers that gave a sign of life within $1 seconds and take documents on
SELECT count(*) FROM upload_pipeline.workers
WHERE state IN ('running', 'stalled') AND heartbeat_at >= now() - make_interval(secs => $1)
