-- $1 users
SELECT job_id, document_id, status, set_id, last_error ->> 'code' AS error_code
FROM upload_pipeline.upload_jobs
WHERE user_id = ANY($1)
ORDER BY created_at
