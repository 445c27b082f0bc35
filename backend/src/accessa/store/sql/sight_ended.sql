-- Jobs that ended since $1, with their status and the code of their error.
SELECT job_id, processing_completed_at AS ended_at, status,
    CASE WHEN status = 'complete' THEN '' ELSE coalesce(last_error ->> 'code', 'INTERNAL') END AS code
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at >= $1
