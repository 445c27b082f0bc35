-- The last $1 failed jobs, newest first, each with the reason that the job row keeps and whether it was retried since.
SELECT job.job_id, job.status, job.last_error ->> 'code' AS code, job.last_error ->> 'message' AS message,
    extract(epoch FROM now() - job.processing_completed_at)::float8 AS seconds_ago,
    EXISTS (SELECT FROM upload_pipeline.upload_jobs AS later WHERE later.retry_of = job.job_id) AS retried
FROM upload_pipeline.upload_jobs AS job
WHERE job.status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
    AND job.processing_completed_at IS NOT NULL AND job.last_error IS NOT NULL
ORDER BY job.processing_completed_at DESC, job.job_id
LIMIT $1
