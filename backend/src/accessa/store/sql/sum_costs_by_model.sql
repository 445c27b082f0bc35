-- $1 user, $2 first day, $3 most rows: the dearest model or parse tier first; rows that share a call have one moment of intent
SELECT c.provider, c.model,
    count(DISTINCT c.intended_at) FILTER (WHERE c.state = 'recorded') AS calls,
    coalesce(sum(c.units) FILTER (WHERE c.state = 'recorded'), 0)::bigint AS units,
    coalesce(sum(c.tokens) FILTER (WHERE c.state = 'recorded'), 0)::bigint AS tokens,
    coalesce(sum(c.cost_usd) FILTER (WHERE c.state = 'recorded'), 0) AS cost_usd,
    coalesce(sum(c.estimated_usd) FILTER (WHERE c.state IN ('intended', 'abandoned')), 0) AS unsure_usd
FROM upload_pipeline.provider_calls c
WHERE c.user_id = $1 AND c.intended_at >= $2::date::timestamp AT TIME ZONE 'UTC'
GROUP BY c.provider, c.model
ORDER BY cost_usd DESC, c.provider, c.model
LIMIT $3
