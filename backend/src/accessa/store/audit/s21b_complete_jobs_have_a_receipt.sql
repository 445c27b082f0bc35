-- $1 jobs (null: all): jobs that were completed without a receipt, since there are any
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
LEFT JOIN upload_pipeline.receipts r USING (job_id)
WHERE j.status = 'complete' AND r.job_id IS NULL AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
    AND j.processing_completed_at > (SELECT min(completed_at) FROM upload_pipeline.receipts)
