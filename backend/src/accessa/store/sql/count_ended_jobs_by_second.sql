-- Jobs that ended from $1 on, by the second
SELECT date_trunc('second', processing_completed_at) AS second,
    count(*) FILTER (WHERE status = 'complete') AS completed,
    count(*) FILTER (WHERE status = 'failed_parse') AS failed_parse,
    count(*) FILTER (WHERE status = 'failed_chunking') AS failed_chunking,
    count(*) FILTER (WHERE status = 'failed_embedding') AS failed_embedding
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at >= $1
GROUP BY 1
ORDER BY 1
