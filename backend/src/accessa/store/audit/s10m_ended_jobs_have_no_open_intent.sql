-- $1 jobs (null: all): calls that count as under way although their job has ended or is gone
SELECT p.call_id::text
FROM upload_pipeline.provider_calls p
LEFT JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE p.state = 'intended' AND (j.job_id IS NULL OR j.processing_completed_at IS NOT NULL)
    AND ($1::uuid[] IS NULL OR p.job_id = ANY ($1))
