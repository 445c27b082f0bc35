-- Whether a worker has a job in hand, or could take one now.
SELECT EXISTS (
    SELECT FROM upload_pipeline.upload_jobs
    WHERE status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
        AND (lease_owner IS NOT NULL OR (available_at <= now() AND waits_for = ''))
)
