-- $1 call, $2 units, $3 tokens, $4 cost in USD
UPDATE upload_pipeline.provider_calls
SET state = 'recorded', units = $2, tokens = $3, cost_usd = $4, ended_at = now()
WHERE call_id = $1
