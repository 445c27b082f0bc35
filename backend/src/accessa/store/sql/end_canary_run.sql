-- $1 run, $2 code of what failed or null, $3 step, $4 document, $5 seconds. One that passed for lost stays lost.
UPDATE upload_pipeline.canary_runs
SET ended_at = clock_timestamp(), passed = $2::text IS NULL, code = $2, step = $3, document_id = $4, seconds = $5
WHERE run_id = $1 AND ended_at IS NULL
