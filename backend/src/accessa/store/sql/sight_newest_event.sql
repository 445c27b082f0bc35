-- The highest number of an event that can be seen
SELECT coalesce((SELECT event_id FROM upload_pipeline.events ORDER BY event_id DESC LIMIT 1), 0)
