-- $1 stage, $2 runs, $3 mean and $4 95th percentile in seconds
INSERT INTO upload_pipeline.stage_baselines (stage, runs, mean_seconds, p95_seconds, measured_at)
VALUES ($1, $2, $3, $4, now())
ON CONFLICT (stage) DO UPDATE
SET runs = excluded.runs, mean_seconds = excluded.mean_seconds, p95_seconds = excluded.p95_seconds, measured_at = now()
