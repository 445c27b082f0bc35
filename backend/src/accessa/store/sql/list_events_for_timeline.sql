-- The first $2 events of job $1; of their payload only what tells nothing of the document
SELECT event_id, ts, type, severity, code, from_status, to_status, lease_epoch,
    payload ->> 'worker' AS worker, payload ->> 'message' AS message,
    payload ->> 'attempt' AS attempt, payload ->> 'max_attempts' AS max_attempts,
    payload ->> 'due_in_seconds' AS due_in_seconds
FROM upload_pipeline.events
WHERE job_id = $1
ORDER BY ts, event_id
LIMIT $2
