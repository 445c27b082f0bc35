-- $1 user, $2 job or document: the newest job of that document
SELECT job_id, document_id, status, lane, priority, trace_context
FROM upload_pipeline.upload_jobs
WHERE user_id = $1 AND document_id = (
    SELECT document_id FROM upload_pipeline.upload_jobs WHERE user_id = $1 AND (job_id = $2 OR document_id = $2) LIMIT 1
)
ORDER BY created_at DESC
LIMIT 1
FOR NO KEY UPDATE
