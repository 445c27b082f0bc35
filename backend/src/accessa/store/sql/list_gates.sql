-- The calls of a day are gone through once, in their index; rows that share a call have one moment of intent.
SELECT g.provider, g.state, g.failures, g.reason, g.opened_at, g.last_success_at, g.last_failure_at,
    CASE WHEN g.state = 'closed' THEN NULL ELSE greatest(0, extract(epoch FROM g.probe_at - clock_timestamp())) END::float8
        AS probe_in_seconds,
    CASE WHEN g.paused_until > clock_timestamp() THEN extract(epoch FROM g.paused_until - clock_timestamp()) END::float8
        AS paused_for_seconds,
    g.requests_per_minute, g.tokens_per_minute,
    least(
        g.requests_per_minute,
        g.requests_left + g.requests_per_minute * extract(epoch FROM clock_timestamp() - g.measured_at) / 60
    )::float8 AS requests_left,
    least(
        g.tokens_per_minute,
        g.tokens_left + g.tokens_per_minute * extract(epoch FROM clock_timestamp() - g.measured_at) / 60
    )::float8 AS tokens_left,
    today.calls_today, today.spent_today_usd
FROM upload_pipeline.provider_gates g
CROSS JOIN LATERAL (
    SELECT count(DISTINCT c.intended_at) AS calls_today, coalesce(sum(c.cost_usd), 0) AS spent_today_usd
    FROM upload_pipeline.provider_calls c
    WHERE c.provider = g.provider AND c.state = 'recorded' AND c.ended_at > now() - interval '1 day'
) today
ORDER BY g.provider
