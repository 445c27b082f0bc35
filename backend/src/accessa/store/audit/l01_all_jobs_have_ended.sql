-- At rest: jobs that have not ended.
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
