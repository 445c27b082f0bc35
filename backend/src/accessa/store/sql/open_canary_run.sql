-- $1 seconds between two canaries, $2 seconds after one that failed. One that is under way is waited for.
INSERT INTO upload_pipeline.canary_runs (started_at)
SELECT clock_timestamp()
WHERE NOT EXISTS (
    SELECT FROM upload_pipeline.canary_runs r
    WHERE r.ended_at IS NULL
        OR r.started_at > now() - make_interval(secs => CASE WHEN r.passed THEN $1::float8 ELSE least($1::float8, $2::float8) END)
)
RETURNING run_id, correlation_id
