-- Spent and committed since midnight UTC: open intents and calls of unknown end count as estimated, as the budgets do.
SELECT coalesce(sum(CASE state WHEN 'recorded' THEN cost_usd WHEN 'failed' THEN 0 ELSE estimated_usd END), 0)::float8
FROM upload_pipeline.provider_calls
WHERE intended_at >= date_trunc('day', now(), 'UTC')
