-- $1 user, $2 document or job: the receipt of the document's last complete job, and what the tables hold of it now.
-- A job that was complete before there were receipts has one counted on reading.
-- Of the money, too, it counts what was recorded by then; of a receipt that is counted now, up to now.
WITH last AS (
    SELECT j.job_id, d.filename
    FROM upload_pipeline.upload_jobs j
    JOIN upload_pipeline.documents d USING (document_id)
    WHERE j.user_id = $1 AND (j.document_id = $2 OR j.job_id = $2) AND j.status = 'complete'
    ORDER BY j.processing_completed_at DESC, j.job_id
    LIMIT 1
)
SELECT last.filename, told.*, present.chunks AS chunks_now, present.vectors AS vectors_now,
    ledger.calls AS calls_now, ledger.tokens AS tokens_now, ledger.cost_usd AS cost_usd_now,
    written.job_id IS NOT NULL AS written_at_completion
FROM last
LEFT JOIN LATERAL upload_pipeline.count_receipt(last.job_id) present ON true
LEFT JOIN upload_pipeline.receipts written ON written.job_id = last.job_id
CROSS JOIN LATERAL (
    SELECT (coalesce(written, present)).*
) told
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS calls, coalesce(sum(c.tokens), 0)::bigint AS tokens,
        coalesce(sum(c.cost_usd), 0) AS cost_usd
    FROM upload_pipeline.provider_calls c
    WHERE c.document_id = told.document_id AND c.intended_at >= told.uploaded_at AND c.state = 'recorded'
        AND (written.job_id IS NULL OR c.job_id = told.job_id OR c.ended_at <= told.completed_at)
) ledger
