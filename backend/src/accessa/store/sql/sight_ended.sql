-- Jobs that ended since $1, by the minute they did, their status and the code of their error.
SELECT date_trunc('minute', processing_completed_at) AS minute, status,
    CASE WHEN status = 'complete' THEN '' ELSE coalesce(last_error ->> 'code', 'INTERNAL') END AS code, count(*) AS jobs
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at >= $1
GROUP BY 1, 2, 3
