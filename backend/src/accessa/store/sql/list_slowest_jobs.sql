-- Of the jobs that were completed from $1 until $2, the $3 that took longest from their upload on, in seconds
SELECT job_id, document_id, extract(epoch FROM processing_completed_at - created_at)::float8 AS seconds,
    processing_completed_at AS ended_at
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at >= $1 AND processing_completed_at < $2 AND status = 'complete'
ORDER BY processing_completed_at - created_at DESC, job_id
LIMIT $3
