-- workers that ended, or fell silent, more than a day ago
DELETE FROM upload_pipeline.workers WHERE heartbeat_at < now() - interval '1 day'
