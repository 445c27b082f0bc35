-- Failed jobs that no newer one of their document follows, by code, counted up to $1 in all.
SELECT code, count(*) AS jobs
FROM (
    SELECT coalesce(j.last_error ->> 'code', 'INTERNAL') AS code
    FROM upload_pipeline.upload_jobs j
    WHERE j.processing_completed_at IS NOT NULL AND j.last_error IS NOT NULL
        AND j.status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
        AND NOT EXISTS (
            SELECT FROM upload_pipeline.upload_jobs later
            WHERE later.document_id = j.document_id AND later.created_at > j.created_at
        )
    LIMIT $1
) AS dead
GROUP BY code
