-- The newest $2 jobs that $1 is the id of, or the correlation id, or the id of their document
SELECT job_id, document_id, correlation_id, status, created_at, processing_started_at, processing_completed_at,
    now() AS asked_at, lease_owner, lease_epoch, available_at, attempts_in_row, max_attempts, retry_count, crash_count,
    lane, waits_for, retry_of, embed_model, last_error ->> 'code' AS error_code, last_error ->> 'message' AS error_message,
    (progress ->> 'chunks_total')::bigint AS chunks_total, (progress ->> 'chunks_done')::bigint AS chunks_done,
    (progress ->> 'embeds_total')::bigint AS embeds_total, (progress ->> 'embeds_done')::bigint AS embeds_done
FROM upload_pipeline.upload_jobs
WHERE job_id IN (
    SELECT job_id FROM upload_pipeline.upload_jobs WHERE job_id = $1
    UNION ALL
    SELECT job_id FROM upload_pipeline.upload_jobs WHERE document_id = $1
    UNION ALL
    SELECT job_id FROM upload_pipeline.upload_jobs WHERE correlation_id = $1
)
ORDER BY created_at DESC, job_id
LIMIT $2
