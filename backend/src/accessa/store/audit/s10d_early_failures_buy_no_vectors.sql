-- $1 jobs (null: all): calls for vectors of jobs that failed before there was anything to embed
SELECT p.call_id::text
FROM upload_pipeline.provider_calls p
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE p.operation = 'embed' AND j.status IN ('failed_parse', 'failed_chunking')
    AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
