-- How many jobs stand in each status of $1, counted up to $2 of each, so that many ended ones cost no more than that.
WITH unfinished AS MATERIALIZED (
    SELECT job.status, least(count(*), $2) AS jobs
    FROM upload_pipeline.upload_jobs AS job
    WHERE job.processing_completed_at IS NULL
    GROUP BY job.status
)
SELECT wanted.status, coalesce(unfinished.jobs, 0) + ended.jobs AS jobs
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (status, place)
LEFT JOIN unfinished ON unfinished.status = wanted.status
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs
    FROM (
        SELECT FROM upload_pipeline.upload_jobs AS job
        WHERE job.processing_completed_at IS NOT NULL AND job.status = wanted.status
            AND wanted.status IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
            AND (wanted.status = 'complete' OR job.last_error IS NOT NULL)
        LIMIT $2
    ) AS found
) AS ended
ORDER BY wanted.place
