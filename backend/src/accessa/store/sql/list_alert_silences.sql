SELECT silence_id, alert, labels, reason, created_by, created_at, until
FROM upload_pipeline.alert_silences
WHERE until > now()
ORDER BY until
