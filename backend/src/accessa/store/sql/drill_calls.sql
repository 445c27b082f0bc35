-- $1 users: every paid call that was intended
SELECT job_id, call_key, operation, state, error_code, lease_epoch
FROM upload_pipeline.provider_calls
WHERE user_id = ANY($1)
ORDER BY call_id
