-- $1 jobs (null: all): work for which the ledger has more or fewer calls, or records, than the history tells
WITH entered AS (
    SELECT job_id, call_key, count(*) AS calls, count(*) FILTER (WHERE state = 'recorded') AS records
    FROM upload_pipeline.provider_calls
    WHERE $1::uuid[] IS NULL OR job_id = ANY ($1)
    GROUP BY job_id, call_key
), told AS (
    SELECT job_id, payload ->> 'call_key' AS call_key, count(*) FILTER (WHERE type = 'paid_intent') AS calls,
        count(*) FILTER (WHERE type = 'paid_recorded') AS records
    FROM upload_pipeline.events
    WHERE type IN ('paid_intent', 'paid_recorded') AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
    GROUP BY job_id, payload ->> 'call_key'
)
SELECT job_id || ' call ' || call_key
FROM entered
FULL JOIN told USING (job_id, call_key)
JOIN upload_pipeline.upload_jobs USING (job_id)
WHERE (entered.calls, entered.records) IS DISTINCT FROM (told.calls, told.records)
