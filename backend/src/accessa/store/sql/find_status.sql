-- $1 user, $2 document or job: the status of that job, or of the document's newest one
SELECT status
FROM upload_pipeline.upload_jobs
WHERE user_id = $1 AND (document_id = $2 OR job_id = $2)
ORDER BY created_at DESC
LIMIT 1
