-- What stages usually take, as it was kept, and how many seconds ago
SELECT stage, runs, mean_seconds, p95_seconds, extract(epoch FROM now() - measured_at)::float8 AS seconds_ago
FROM upload_pipeline.stage_baselines
