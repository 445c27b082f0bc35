SELECT alert_key, alert, severity, labels, summary, active_since, fired_at, resolved_at
FROM upload_pipeline.alert_history
ORDER BY fired_at DESC
LIMIT $1
