-- $1 documents (null: all), $2 seconds that a deletion may take: deletions that were begun and not carried to their end
SELECT document_id::text
FROM (
    SELECT DISTINCT ON (document_id) document_id, code, ts
    FROM upload_pipeline.events
    WHERE code IN (
        'DOCUMENT_DELETION_STARTED', 'DOCUMENT_DELETION_INTERRUPTED', 'DOCUMENT_DELETED', 'DOCUMENT_REMAINS_DELETED'
    ) AND ($1::uuid[] IS NULL OR document_id = ANY ($1))
    ORDER BY document_id, event_id DESC
) newest
WHERE code IN ('DOCUMENT_DELETION_STARTED', 'DOCUMENT_DELETION_INTERRUPTED')
    AND ts < clock_timestamp() - make_interval(secs => $2)
