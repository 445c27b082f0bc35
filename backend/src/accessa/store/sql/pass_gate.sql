-- $1 provider, $2 requests, $3 tokens, $4 seconds that a probe is given.
-- No wait: the call may go out and is counted; of an open gate it is the one probe. Else: seconds to wait, and why.
WITH gate AS MATERIALIZED (
    SELECT *, clock_timestamp() AS now_at, extract(epoch FROM clock_timestamp() - measured_at) / 60 AS minutes
    FROM upload_pipeline.provider_gates
    WHERE provider = $1
    FOR NO KEY UPDATE
), filled AS MATERIALIZED (
    SELECT *,
        least(requests_per_minute, requests_left + minutes * requests_per_minute) AS requests_now,
        least(tokens_per_minute, tokens_left + minutes * tokens_per_minute) AS tokens_now,
        least($3::float8, tokens_per_minute) AS tokens_wanted
    FROM gate
), verdict AS MATERIALIZED (
    SELECT *,
        CASE WHEN state = 'closed' THEN 0 ELSE greatest(0, extract(epoch FROM probe_at - now_at)) END AS circuit_wait,
        greatest(
            0,
            coalesce(extract(epoch FROM paused_until - now_at), 0),
            CASE WHEN requests_now < $2 THEN ($2 - requests_now) * 60 / greatest(requests_per_minute, 0.001) ELSE 0 END,
            CASE WHEN tokens_now < tokens_wanted
                THEN (tokens_wanted - tokens_now) * 60 / greatest(tokens_per_minute, 0.001) ELSE 0 END
        ) AS rate_wait
    FROM filled
), passed AS (
    UPDATE upload_pipeline.provider_gates g
    SET state = CASE WHEN v.state = 'closed' THEN 'closed' ELSE 'half_open' END,
        probe_at = CASE WHEN v.state = 'closed' THEN v.probe_at ELSE v.now_at + make_interval(secs => $4) END,
        requests_left = v.requests_now - $2,
        tokens_left = v.tokens_now - $3,
        measured_at = v.now_at
    FROM verdict v
    WHERE g.provider = v.provider AND v.circuit_wait = 0 AND v.rate_wait = 0
        AND (v.state <> 'closed' OR v.requests_per_minute IS NOT NULL OR v.tokens_per_minute IS NOT NULL)
)
SELECT circuit_wait::float8, rate_wait::float8, state = 'half_open' AS probing, reason FROM verdict
