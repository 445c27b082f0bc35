-- $1 calls, $2 error code, $3 whether the provider may bill them all the same
UPDATE upload_pipeline.provider_calls
SET state = CASE WHEN $3::boolean THEN 'abandoned' ELSE 'failed' END, error_code = $2, ended_at = now()
WHERE call_id = ANY ($1) AND state IN ('intended', 'abandoned')
