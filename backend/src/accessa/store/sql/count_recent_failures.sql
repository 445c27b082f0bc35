-- Jobs that failed within the last $1 seconds, that nobody has retried since, and that nobody wanted to end.
SELECT count(*)
FROM upload_pipeline.upload_jobs AS job
WHERE job.status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
    AND job.processing_completed_at >= now() - make_interval(secs => $1)
    AND job.last_error ->> 'code' <> 'JOB_CANCELLED'
    AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs AS later WHERE later.retry_of = job.job_id)
