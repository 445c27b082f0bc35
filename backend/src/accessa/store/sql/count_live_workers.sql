SELECT count(*) FROM upload_pipeline.workers WHERE state = 'running' AND heartbeat_at > now() - interval '15 seconds'
