-- What each provider was paid in the last 24 hours, for how many calls; goes through the calls of a day in their index.
-- Rows that share a call were intended by one transaction, so they have one moment.
SELECT provider, count(DISTINCT intended_at) AS calls, coalesce(sum(cost_usd), 0)::float8 AS usd
FROM upload_pipeline.provider_calls
WHERE state = 'recorded' AND ended_at > now() - interval '1 day'
GROUP BY provider
ORDER BY provider
