-- $1 call, $2 call key
SELECT EXISTS (
    SELECT FROM upload_pipeline.provider_calls WHERE call_id = $1 AND call_key = $2 AND state = 'recorded'
)
