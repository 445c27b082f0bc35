-- $1 jobs (null: all): receipts that count more or less than the ledger has recorded for their document by then.
-- All of the own job's calls are from before its completion, whatever the clocks of two databases said in a failover.
SELECT r.job_id::text
FROM upload_pipeline.receipts r
CROSS JOIN LATERAL (
    SELECT count(*) AS calls, coalesce(sum(c.tokens), 0) AS tokens, coalesce(sum(c.cost_usd), 0) AS cost_usd
    FROM upload_pipeline.provider_calls c
    WHERE c.document_id = r.document_id AND c.intended_at >= r.uploaded_at AND c.state = 'recorded'
        AND (c.job_id = r.job_id OR c.ended_at <= r.completed_at)
) ledger
WHERE ($1::uuid[] IS NULL OR r.job_id = ANY ($1))
    AND (r.calls, r.tokens, r.cost_usd) IS DISTINCT FROM (ledger.calls, ledger.tokens, ledger.cost_usd)
