-- $1 jobs (null: all): calls that were made again by the same holder although the call before was not known to have failed
SELECT call_id::text
FROM (
    SELECT call_id, lease_epoch, lag(lease_epoch) OVER work AS last_epoch, lag(state) OVER work AS last_state
    FROM upload_pipeline.provider_calls
    WHERE $1::uuid[] IS NULL OR job_id = ANY ($1)
    WINDOW work AS (PARTITION BY job_id, call_key, provider ORDER BY call_id)
) calls
WHERE lease_epoch = last_epoch AND last_state <> 'failed'
