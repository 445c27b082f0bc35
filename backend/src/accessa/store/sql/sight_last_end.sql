-- How many seconds ago a job ended last, however, those of user $1 left out; no row before the first. Up to 1,000 of those are gone
-- past.
SELECT extract(epoch FROM now() - ended.processing_completed_at)::float8
FROM (
    SELECT processing_completed_at, user_id FROM upload_pipeline.upload_jobs
    WHERE processing_completed_at IS NOT NULL
    ORDER BY processing_completed_at DESC
    LIMIT 1000
) AS ended
WHERE ended.user_id <> $1
ORDER BY ended.processing_completed_at DESC
LIMIT 1
