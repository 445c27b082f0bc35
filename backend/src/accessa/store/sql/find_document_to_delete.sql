-- $1 user, $2 document or job: the user's document, or one of which a deletion has begun and only events remain
SELECT j.document_id
FROM upload_pipeline.upload_jobs j
WHERE j.user_id = $1 AND (j.job_id = $2 OR j.document_id = $2)
UNION ALL
SELECT e.document_id
FROM upload_pipeline.events e
WHERE e.code = 'DOCUMENT_DELETION_STARTED' AND e.payload ->> 'user_id' = $1::uuid::text AND e.document_id IN (
    SELECT $2 UNION ALL SELECT filed.document_id FROM upload_pipeline.events filed WHERE filed.job_id = $2
)
LIMIT 1
