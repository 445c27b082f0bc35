-- $1 provider, $2 seconds that the provider asks for (null: it does not say), $3 longest pause of our own in seconds.
-- A rate limit: everybody pauses; calls that were under way and are refused as well do not make the pause longer.
UPDATE upload_pipeline.provider_gates g
SET paused_until = CASE
        WHEN $2::float8 IS NULL AND g.paused_until > clock_timestamp() THEN g.paused_until
        ELSE greatest(
            g.paused_until,
            clock_timestamp() + make_interval(secs => coalesce($2, least($3, 1.0 * 2.0 ^ least(g.pauses, 20))))
        )
    END,
    pauses = g.pauses + (g.paused_until IS NULL OR g.paused_until <= clock_timestamp())::integer,
    last_failure_at = clock_timestamp(),
    state = CASE WHEN g.state = 'half_open' THEN 'closed' ELSE g.state END
WHERE g.provider = $1
