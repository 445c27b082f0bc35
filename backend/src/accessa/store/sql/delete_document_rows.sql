-- $1 document: deletes it with all that hangs on it; how many rows of each table, and what its recorded calls had cost.
-- The ledger stays; a call that is under way is one of which nobody will tell how it ended.
WITH calls AS (
    SELECT c.state, c.cost_usd
    FROM upload_pipeline.provider_calls c
    JOIN upload_pipeline.documents d USING (document_id)
    WHERE c.document_id = $1 AND c.intended_at >= d.created_at
), closed AS (
    UPDATE upload_pipeline.provider_calls SET state = 'abandoned', error_code = 'DOCUMENT_DELETED', ended_at = now()
    WHERE document_id = $1 AND state = 'intended'
), receipts AS (
    DELETE FROM upload_pipeline.receipts WHERE document_id = $1 RETURNING job_id
), jobs AS (
    DELETE FROM upload_pipeline.upload_jobs WHERE document_id = $1 RETURNING job_id
), runs AS (
    DELETE FROM upload_pipeline.parse_runs WHERE document_id = $1 RETURNING parse_id
), deliveries AS (
    DELETE FROM upload_pipeline.webhook_deliveries WHERE parse_id IN (SELECT parse_id FROM runs) RETURNING parse_id
), batches AS (
    DELETE FROM upload_pipeline.embedding_batches WHERE job_id IN (SELECT job_id FROM jobs) RETURNING job_id
), orders AS (
    DELETE FROM upload_pipeline.provider_batches WHERE job_id IN (SELECT job_id FROM jobs) RETURNING job_id
), vectors AS (
    DELETE FROM upload_pipeline.document_vector_buffer WHERE document_id = $1 RETURNING set_id
), chunks AS (
    DELETE FROM upload_pipeline.document_chunk_buffer WHERE document_id = $1 RETURNING set_id
), sets AS (
    DELETE FROM upload_pipeline.chunk_sets WHERE document_id = $1 RETURNING set_id
), texts AS (
    DELETE FROM upload_pipeline.parsed_texts WHERE document_id = $1 RETURNING document_id
), gone AS (
    DELETE FROM upload_pipeline.documents WHERE document_id = $1 RETURNING document_id
)
SELECT (SELECT count(*) FROM gone) AS documents,
    (SELECT count(*) FROM jobs) AS upload_jobs,
    (SELECT count(*) FROM runs) AS parse_runs,
    (SELECT count(*) FROM deliveries) AS webhook_deliveries,
    (SELECT count(*) FROM texts) AS parsed_texts,
    (SELECT count(*) FROM sets) AS chunk_sets,
    (SELECT count(*) FROM chunks) AS document_chunk_buffer,
    (SELECT count(*) FROM vectors) AS document_vector_buffer,
    (SELECT count(*) FROM batches) AS embedding_batches,
    (SELECT count(*) FROM orders) AS provider_batches,
    (SELECT count(*) FROM receipts) AS receipts,
    (SELECT count(*) FROM calls) AS ledger_rows_kept,
    (SELECT coalesce(sum(cost_usd) FILTER (WHERE state = 'recorded'), 0) FROM calls) AS cost_usd
