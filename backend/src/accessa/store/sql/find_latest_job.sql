-- $1 user, $2 document
SELECT job_id, document_id, correlation_id, status
FROM upload_pipeline.upload_jobs
WHERE user_id = $1 AND document_id = $2
ORDER BY created_at DESC, job_id
LIMIT 1
