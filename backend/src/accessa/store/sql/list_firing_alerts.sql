-- The last firing of each alert, where it has not ended; one of weeks ago is of a catalogue that is no more.
SELECT alert_key, alert, severity, labels, summary, active_since, fired_at, resolved_at
FROM (
    SELECT DISTINCT ON (alert_key) *
    FROM upload_pipeline.alert_history
    WHERE fired_at > now() - interval '14 days'
    ORDER BY alert_key, fired_at DESC
) AS latest
WHERE resolved_at IS NULL
