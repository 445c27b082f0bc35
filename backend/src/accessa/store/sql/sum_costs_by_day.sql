-- $1 user, $2 first day, $3 most rows: the newest day first; a day is one of UTC, and a call counts for that of its intent.
-- One look at the index a day, from when there were any: to group the rows themselves they would have to be sorted first.
-- Rows that share a call have one moment of intent.
SELECT (days.start AT TIME ZONE 'UTC')::date AS day, spent.*
FROM generate_series(
    date_trunc('day', now(), 'UTC'),
    greatest($2::date::timestamp AT TIME ZONE 'UTC', '2025-01-01 00:00:00+00'),
    interval '-24 hours'
) AS days (start)
CROSS JOIN LATERAL (
    SELECT count(DISTINCT c.intended_at) FILTER (WHERE c.state = 'recorded') AS calls,
        coalesce(sum(c.units) FILTER (WHERE c.state = 'recorded'), 0)::bigint AS units,
        coalesce(sum(c.tokens) FILTER (WHERE c.state = 'recorded'), 0)::bigint AS tokens,
        coalesce(sum(c.cost_usd) FILTER (WHERE c.state = 'recorded'), 0) AS cost_usd,
        coalesce(sum(c.estimated_usd) FILTER (WHERE c.state IN ('intended', 'abandoned')), 0) AS unsure_usd
    FROM upload_pipeline.provider_calls c
    WHERE c.user_id = $1 AND c.intended_at >= days.start AND c.intended_at < days.start + interval '24 hours'
    HAVING count(*) > 0
) spent
ORDER BY days.start DESC
LIMIT $3
