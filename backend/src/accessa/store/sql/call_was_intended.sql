-- $1 call, $2 call key, $3 epoch
SELECT EXISTS (
    SELECT FROM upload_pipeline.provider_calls WHERE call_id = $1 AND call_key = $2 AND lease_epoch = $3
)
