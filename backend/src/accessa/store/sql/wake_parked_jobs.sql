-- Makes the jobs due that wait for a budget: a worker that starts may have a higher one.
UPDATE upload_pipeline.upload_jobs
SET available_at = now()
WHERE last_error ->> 'code' = 'BUDGET_REACHED' AND processing_completed_at IS NULL AND lease_owner IS NULL
    AND available_at > now()
