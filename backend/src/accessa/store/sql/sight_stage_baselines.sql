-- What stages usually take, as it was kept
SELECT stage, runs, mean_seconds, p95_seconds FROM upload_pipeline.stage_baselines ORDER BY stage
