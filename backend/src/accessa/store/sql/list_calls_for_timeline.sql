-- The first $2 calls to providers for job $1, with what they cost in USD and how long they took in seconds
SELECT provider, operation, model, state, units, tokens, cost_usd::float8 AS cost_usd, retry_number, error_code,
    intended_at, extract(epoch FROM ended_at - intended_at)::float8 AS seconds
FROM upload_pipeline.provider_calls
WHERE job_id = $1
ORDER BY call_id
LIMIT $2
