INSERT INTO upload_pipeline.alert_silences (alert, labels, reason, created_by, until)
VALUES ($1, $2::jsonb, $3, $4, now() + make_interval(secs => $5))
RETURNING silence_id, alert, labels, reason, created_by, created_at, until
