-- Jobs that ended from $1 until $2, by the minute, and how long the complete ones took from their upload on, in seconds
SELECT date_trunc('minute', processing_completed_at) AS minute,
    count(*) FILTER (WHERE status = 'complete') AS completed,
    count(*) FILTER (WHERE status <> 'complete') AS failed,
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
        ORDER BY extract(epoch FROM processing_completed_at - created_at)::float8
    ) FILTER (WHERE status = 'complete') AS seconds
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at >= $1 AND processing_completed_at < $2
GROUP BY 1
ORDER BY 1
