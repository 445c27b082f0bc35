-- At rest: jobs that have been due for longer than two looks of a worker.
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    AND available_at < clock_timestamp() - interval '4 seconds'
