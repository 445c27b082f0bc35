-- How many jobs ended, counted in their index up to $1, and how many the planner believes there are of all jobs;
-- and how many failed in which status, up to $2 of them together. So many cost no more than that.
SELECT 'ended' AS status,
    (
        SELECT count(*) FROM (
            SELECT FROM upload_pipeline.upload_jobs
            WHERE processing_completed_at IS NOT NULL
            ORDER BY processing_completed_at
            LIMIT $1
        ) AS ended
    ) AS jobs,
    (SELECT reltuples::bigint FROM pg_class WHERE oid = 'upload_pipeline.upload_jobs'::regclass) AS believed
UNION ALL
SELECT status, count(*), 0
FROM (
    SELECT status FROM upload_pipeline.upload_jobs
    WHERE status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
        AND processing_completed_at IS NOT NULL AND last_error IS NOT NULL
    LIMIT $2
) AS failed
GROUP BY status
