-- $1 user, $2 first day, $3 most rows: the newest day first; a day is one of UTC, and a call counts for that of its intent
SELECT (c.intended_at AT TIME ZONE 'UTC')::date::text AS day,
    count(*) FILTER (WHERE c.state = 'recorded') AS calls,
    coalesce(sum(c.units) FILTER (WHERE c.state = 'recorded'), 0)::bigint AS units,
    coalesce(sum(c.tokens) FILTER (WHERE c.state = 'recorded'), 0)::bigint AS tokens,
    coalesce(sum(c.cost_usd) FILTER (WHERE c.state = 'recorded'), 0) AS cost_usd,
    coalesce(sum(c.estimated_usd) FILTER (WHERE c.state IN ('intended', 'abandoned')), 0) AS unsure_usd
FROM upload_pipeline.provider_calls c
WHERE c.user_id = $1 AND c.intended_at >= $2::date::timestamp AT TIME ZONE 'UTC'
GROUP BY 1
ORDER BY 1 DESC
LIMIT $3
