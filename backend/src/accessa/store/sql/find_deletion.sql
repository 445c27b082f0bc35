-- $1 document: the newest event of its deletions, and how long ago that was
SELECT event_id, job_id, correlation_id, code, payload, extract(epoch FROM clock_timestamp() - ts)::float8 AS age_seconds
FROM upload_pipeline.events
WHERE document_id = $1 AND code IN (
    'DOCUMENT_DELETION_STARTED', 'DOCUMENT_DELETION_INTERRUPTED', 'DOCUMENT_DELETED', 'DOCUMENT_REMAINS_DELETED'
)
ORDER BY event_id DESC
LIMIT 1
