-- $1 jobs (null: all): work that the ledger or the history has recorded more than once
SELECT call_key
FROM upload_pipeline.provider_calls
WHERE state = 'recorded' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
GROUP BY call_key
HAVING count(*) > 1
UNION
SELECT payload ->> 'call_key'
FROM upload_pipeline.events
WHERE type = 'paid_recorded' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
GROUP BY payload ->> 'call_key'
HAVING count(*) > 1
