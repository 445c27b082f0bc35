-- $1 job, $2 call key: the newest intent
SELECT call_id
FROM upload_pipeline.provider_calls
WHERE job_id = $1 AND call_key = $2
ORDER BY call_id DESC
LIMIT 1
