-- $1 user, $2 job or document: its newest job
SELECT job_id, document_id, status, correlation_id, lane, lease_owner, lease_epoch,
    last_error ->> 'code' AS code, extract(epoch FROM clock_timestamp() - processing_completed_at)::float8 AS ended_seconds_ago
FROM upload_pipeline.upload_jobs
WHERE user_id = $1 AND (job_id = $2 OR document_id = $2)
ORDER BY created_at DESC
LIMIT 1
FOR NO KEY UPDATE
