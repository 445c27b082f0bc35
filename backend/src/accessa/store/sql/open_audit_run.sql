-- $1 worker, $2 seconds between two runs, $3 overlap in seconds, $4 most seconds to look back, $5 seconds after a run that found
-- something broken.
-- A run looks back to the last one that saw all it had to; what that found is looked at again as a whole.
INSERT INTO upload_pipeline.audit_runs (worker_id, looked_back_to)
SELECT $1, greatest(
    now() - make_interval(secs => $4),
    (
        SELECT max(r.started_at) - make_interval(secs => $3) FROM upload_pipeline.audit_runs r
        WHERE r.ended_at IS NOT NULL AND r.unfinished = '{}'
    )
)
WHERE NOT EXISTS (
    SELECT FROM upload_pipeline.audit_runs r
    WHERE r.started_at > now() - make_interval(
        secs => CASE WHEN r.violations = '{}' THEN $2::float8 ELSE least($2::float8, $5::float8) END
    )
)
RETURNING run_id, extract(epoch FROM now() - looked_back_to)::float8 AS seconds
