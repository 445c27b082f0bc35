-- $1 id of a document or job, or a correlation id: the document and its user (null: only events of it are left)
SELECT document_id, user_id
FROM (
    SELECT 1 AS place, document_id, user_id FROM upload_pipeline.documents WHERE document_id = $1
    UNION ALL
    SELECT 2, document_id, user_id FROM upload_pipeline.upload_jobs WHERE job_id = $1
    UNION ALL
    SELECT 3, document_id, user_id FROM upload_pipeline.upload_jobs WHERE correlation_id = $1
    UNION ALL
    SELECT 4, document_id, NULL FROM upload_pipeline.events WHERE document_id = $1 AND code IN (
        'DOCUMENT_DELETION_STARTED', 'DOCUMENT_DELETION_INTERRUPTED', 'DOCUMENT_DELETED', 'DOCUMENT_REMAINS_DELETED'
    )
    UNION ALL
    SELECT 5, document_id, NULL FROM upload_pipeline.events WHERE job_id = $1
) found
ORDER BY place
LIMIT 1
