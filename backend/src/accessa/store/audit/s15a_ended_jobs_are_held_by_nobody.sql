-- $1 jobs (null: all): jobs that have ended and are still leased
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE lease_owner IS NOT NULL AND status IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
