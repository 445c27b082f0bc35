-- $1 user, $2 document or job: the receipt of the document's last complete job, and what the tables hold of it now.
-- A job that was complete before there were receipts has one counted on reading.
WITH last AS (
    SELECT j.job_id, d.filename
    FROM upload_pipeline.upload_jobs j
    JOIN upload_pipeline.documents d USING (document_id)
    WHERE j.user_id = $1 AND (j.document_id = $2 OR j.job_id = $2) AND j.status = 'complete'
    ORDER BY j.processing_completed_at DESC, j.job_id
    LIMIT 1
)
SELECT last.filename, told.*, present.chunks AS chunks_now, present.vectors AS vectors_now,
    written.job_id IS NOT NULL AS written_at_completion
FROM last
LEFT JOIN LATERAL upload_pipeline.count_receipt(last.job_id) present ON true
LEFT JOIN upload_pipeline.receipts written ON written.job_id = last.job_id
CROSS JOIN LATERAL (
    SELECT (coalesce(written, present)).*
) told
