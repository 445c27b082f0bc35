-- How many seconds ago a job was completed last; no row before the first. Failures in between are gone past, up to 1,000.
SELECT extract(epoch FROM now() - ended.processing_completed_at)::float8
FROM (
    SELECT processing_completed_at, status FROM upload_pipeline.upload_jobs
    WHERE processing_completed_at IS NOT NULL
    ORDER BY processing_completed_at DESC
    LIMIT 1000
) AS ended
WHERE ended.status = 'complete'
ORDER BY ended.processing_completed_at DESC
LIMIT 1
