-- $1 document: its jobs, newest first; whoever works on one has to end its transaction first
SELECT job_id, user_id, correlation_id
FROM upload_pipeline.upload_jobs
WHERE document_id = $1
ORDER BY created_at DESC, job_id
FOR UPDATE
