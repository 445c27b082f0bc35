-- $1 provider, $2 requests a minute, $3 requests left, $4 tokens a minute, $5 tokens left: as the answer's headers say,
-- null where they say nothing; $6 tokens counted on entering that were not used.
-- A success closes the gate; nothing is written when there is nothing new.
WITH gate AS MATERIALIZED (
    SELECT *, least(tokens_per_minute, tokens_left + $6) AS tokens_given_back
    FROM upload_pipeline.provider_gates
    WHERE provider = $1
    FOR NO KEY UPDATE
), settled AS (
    UPDATE upload_pipeline.provider_gates g
    SET state = 'closed', failures = 0, openings = 0, pauses = 0, reason = NULL, opened_at = NULL, probe_at = NULL,
        requests_per_minute = coalesce($2, gate.requests_per_minute),
        requests_left = least(coalesce($3, gate.requests_left), coalesce(gate.requests_left, $3)),
        tokens_per_minute = coalesce($4, gate.tokens_per_minute),
        tokens_left = least(coalesce($5, gate.tokens_given_back), coalesce(gate.tokens_given_back, $5)),
        last_success_at = clock_timestamp()
    FROM gate
    WHERE g.provider = gate.provider AND (
        gate.state <> 'closed' OR gate.failures > 0 OR gate.pauses > 0
        OR num_nonnulls($2::float8, $3::float8, $4::float8, $5::float8) > 0
        OR (gate.tokens_per_minute IS NOT NULL AND $6 > 0)
        OR coalesce(gate.last_success_at, '-infinity') < clock_timestamp() - interval '5 seconds'
    )
)
SELECT state <> 'closed' AS recovered FROM gate
