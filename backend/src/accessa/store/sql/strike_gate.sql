-- $1 provider, $2 error code, $3 outages in a row that open the gate, $4 first and $5 longest pause before a probe in
-- seconds, $6 seconds that the provider asks for. A failed probe opens the gate again, for longer.
WITH gate AS MATERIALIZED (
    SELECT * FROM upload_pipeline.provider_gates WHERE provider = $1 FOR NO KEY UPDATE
), struck AS (
    UPDATE upload_pipeline.provider_gates g
    SET failures = gate.failures + 1,
        last_failure_at = clock_timestamp(),
        state = CASE WHEN opens THEN 'open' ELSE gate.state END,
        openings = gate.openings + opens::integer,
        reason = $2,
        opened_at = CASE WHEN opens THEN coalesce(gate.opened_at, clock_timestamp()) ELSE gate.opened_at END,
        probe_at = CASE
            WHEN opens THEN clock_timestamp() + make_interval(
                secs => greatest(least($5, $4 * 2.0 ^ least(gate.openings, 30)), coalesce($6, 0))
            )
            ELSE gate.probe_at
        END
    FROM gate, LATERAL (
        SELECT gate.state = 'half_open' OR (gate.state = 'closed' AND gate.failures + 1 >= $3) AS opens
    ) verdict
    WHERE g.provider = gate.provider
    RETURNING opens
)
SELECT gate.state = 'closed' AND struck.opens AS opened FROM gate, struck
