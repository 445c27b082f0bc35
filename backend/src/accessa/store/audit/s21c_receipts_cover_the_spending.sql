-- $1 jobs (null: all): receipts with less than the calls which their own job had recorded by then
SELECT r.job_id::text
FROM upload_pipeline.receipts r
JOIN upload_pipeline.provider_calls p ON p.job_id = r.job_id AND p.state = 'recorded' AND p.ended_at <= r.completed_at
WHERE $1::uuid[] IS NULL OR r.job_id = ANY ($1)
GROUP BY r.job_id, r.calls, r.tokens, r.cost_usd
HAVING count(*) > r.calls OR coalesce(sum(p.tokens), 0) > r.tokens OR sum(p.cost_usd) > r.cost_usd
