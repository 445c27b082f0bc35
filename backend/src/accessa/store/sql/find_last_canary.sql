-- The canary that ended last, how many seconds ago, and how many seconds ago one was found in the end
SELECT run.passed, run.step, run.code, coalesce(run.seconds, 0)::float8 AS seconds,
    extract(epoch FROM now() - run.ended_at)::float8 AS ended_seconds_ago,
    (
        SELECT extract(epoch FROM now() - max(earlier.ended_at))::float8
        FROM upload_pipeline.canary_runs earlier WHERE earlier.passed
    ) AS passed_seconds_ago
FROM upload_pipeline.canary_runs run
WHERE run.ended_at IS NOT NULL
ORDER BY run.started_at DESC
LIMIT 1
