-- The gates of the providers as they are now. A gate that nobody has tried for an hour is one that nobody needs: it stops nothing.
SELECT provider, state, failures, reason,
    state <> 'closed' AND probe_at > clock_timestamp() - interval '1 hour' AS stops,
    CASE WHEN state = 'closed' THEN NULL ELSE greatest(0, extract(epoch FROM probe_at - clock_timestamp())) END::float8
        AS probe_in_seconds,
    CASE WHEN paused_until > clock_timestamp() THEN extract(epoch FROM paused_until - clock_timestamp()) ELSE 0 END::float8
        AS paused_seconds,
    requests_per_minute::float8 AS requests_limit, tokens_per_minute::float8 AS tokens_limit,
    least(
        requests_per_minute, requests_left + requests_per_minute * extract(epoch FROM clock_timestamp() - measured_at) / 60
    )::float8 AS requests_left,
    least(
        tokens_per_minute, tokens_left + tokens_per_minute * extract(epoch FROM clock_timestamp() - measured_at) / 60
    )::float8 AS tokens_left
FROM upload_pipeline.provider_gates
ORDER BY provider
LIMIT 50
