-- $1 jobs (null: all): calls that were made again by the same holder although the call before was not known to have failed.
-- That a call which failed may have been billed all the same is no secret when its repetition is told in the job's story.
SELECT call_id::text
FROM (
    SELECT job_id, call_id, lease_epoch, lag(call_id) OVER work AS last_call, lag(lease_epoch) OVER work AS last_epoch,
        lag(state) OVER work AS last_state
    FROM upload_pipeline.provider_calls
    WHERE $1::uuid[] IS NULL OR job_id = ANY ($1)
    WINDOW work AS (PARTITION BY job_id, call_key, provider ORDER BY call_id)
) calls
WHERE lease_epoch = last_epoch AND last_state <> 'failed' AND NOT EXISTS (
    SELECT FROM upload_pipeline.events e
    WHERE e.job_id = calls.job_id AND e.type = 'call_retry' AND e.payload ->> 'failed_call' = last_call::text
)
