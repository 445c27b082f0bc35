-- $1 job, $2 document, $3 chunker, $4 embed model, $5 embed version, $6 most attempts, $7 retry of, $8 correlation id,
-- $9 lane, $10 what else the event is to tell, $11 priority, $12 trace context
WITH created AS (
    INSERT INTO upload_pipeline.upload_jobs
        (job_id, user_id, document_id, raw_path, chunks_version, embed_model, embed_version, max_attempts, retry_of,
         correlation_id, lane, priority, trace_context)
    SELECT $1, d.user_id, d.document_id, d.raw_path, $3, $4, $5, $6, $7, $8, $9, $11, $12
    FROM upload_pipeline.documents d
    WHERE d.document_id = $2
    ON CONFLICT DO NOTHING
    RETURNING *
), recorded AS (
    INSERT INTO upload_pipeline.events (job_id, document_id, type, code, to_status, payload, correlation_id)
    SELECT job_id, document_id, 'created', CASE WHEN retry_of IS NULL THEN 'UPLOAD_ACCEPTED' ELSE 'JOB_REOPENED' END,
        status, jsonb_strip_nulls(jsonb_build_object('retry_of', retry_of)) || $10, correlation_id
    FROM created
)
SELECT job_id, document_id, correlation_id, status FROM created
