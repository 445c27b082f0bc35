-- Each firing is written when it begins and again when it ends; a second writing of the same changes nothing.
INSERT INTO upload_pipeline.alert_history (
    alert_key, fired_at, alert, severity, labels, summary, active_since, resolved_at
)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)
ON CONFLICT (alert_key, fired_at) DO UPDATE SET
    resolved_at = coalesce(alert_history.resolved_at, excluded.resolved_at),
    summary = excluded.summary
