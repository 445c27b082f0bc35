-- $1 jobs (null: all): jobs that have ended without a time, or have one and go on
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE (status IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')) <> (processing_completed_at IS NOT NULL)
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
