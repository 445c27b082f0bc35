-- The canary that ended last, and how many seconds ago one was found in the end; null where there was none.
SELECT
    (SELECT passed FROM upload_pipeline.canary_runs WHERE ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1) AS passed,
    (SELECT seconds FROM upload_pipeline.canary_runs WHERE ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1) AS seconds,
    (
        SELECT extract(epoch FROM now() - ended_at)::float8
        FROM upload_pipeline.canary_runs WHERE passed ORDER BY started_at DESC LIMIT 1
    ) AS last_pass_seconds
