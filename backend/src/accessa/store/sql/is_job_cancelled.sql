-- $1 job
SELECT FROM upload_pipeline.upload_jobs
WHERE job_id = $1 AND status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
    AND last_error ->> 'code' = 'JOB_CANCELLED'
