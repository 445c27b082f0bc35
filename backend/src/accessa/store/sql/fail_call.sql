-- $1 call, $2 error code
UPDATE upload_pipeline.provider_calls SET state = 'failed', error_code = $2, ended_at = now() WHERE call_id = $1
