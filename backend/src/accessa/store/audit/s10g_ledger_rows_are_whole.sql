-- $1 jobs (null: all): calls that have ended without saying when, what for, or why
SELECT call_id::text
FROM upload_pipeline.provider_calls
WHERE ($1::uuid[] IS NULL OR job_id = ANY ($1)) AND (
    units < 0 OR cost_usd < 0
    OR (state = 'intended') = (ended_at IS NOT NULL)
    OR (state = 'failed' AND error_code IS NULL)
    OR (state = 'recorded' AND operation = 'embed' AND tokens IS NULL)
    OR (state <> 'recorded' AND cost_usd <> 0)
)
