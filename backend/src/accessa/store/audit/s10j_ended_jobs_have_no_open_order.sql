-- $1 jobs (null: all): orders of the bulk lane that are still under way for jobs that have ended
SELECT o.batch_id::text
FROM upload_pipeline.provider_batches o
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE o.ended_at IS NULL AND j.status IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    AND ($1::uuid[] IS NULL OR o.job_id = ANY ($1))
