-- What a reset takes away, and which workers have jobs in hand at this moment
SELECT (SELECT count(*) FROM upload_pipeline.documents) AS documents,
    (SELECT count(*) FROM upload_pipeline.upload_jobs) AS jobs,
    (SELECT count(*) FROM upload_pipeline.document_vector_buffer) AS vectors,
    ARRAY(
        SELECT DISTINCT lease_owner
        FROM upload_pipeline.upload_jobs
        WHERE lease_owner IS NOT NULL AND processing_completed_at IS NULL
    ) AS holders
