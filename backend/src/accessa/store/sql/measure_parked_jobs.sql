-- How many jobs wait for a budget, and the sentence that was last told of one
SELECT count(*) AS jobs, (array_agg(last_error ->> 'message' ORDER BY updated_at DESC))[1] AS sentence
FROM upload_pipeline.upload_jobs
WHERE last_error ->> 'code' = 'BUDGET_REACHED' AND processing_completed_at IS NULL
