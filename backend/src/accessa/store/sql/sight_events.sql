-- Warnings and errors among the events after $1 up to $2, by code; `crashes` are leases that ran out because a worker died.
SELECT code, severity, count(*) AS events,
    count(*) FILTER (WHERE payload @> '{"crash": true}') AS crashes
FROM upload_pipeline.events
WHERE event_id > $1 AND event_id <= $2 AND severity <> 'info'
GROUP BY code, severity
