-- $1 bill: texts that were billed more often than calls for them were intended, unless deleted documents explain as many
WITH billed AS MATERIALIZED (
    SELECT b.unit_key, b.model, count(*) AS times
    FROM jsonb_to_recordset($1::jsonb) b (kind text, unit_key text, model text)
    WHERE b.kind = 'embed'
    GROUP BY b.unit_key, b.model
), widths AS MATERIALIZED (
    SELECT DISTINCT embed_model AS model, vector_dims(vector) AS dimensions FROM upload_pipeline.document_vector_buffer
), intended AS (
    SELECT encode(sha256(convert_to(concat_ws(E'\n', w.model, w.dimensions, c.text), 'UTF8')), 'hex') AS unit_key,
        count(*) AS times
    FROM upload_pipeline.provider_calls p
    JOIN upload_pipeline.embedding_batches b USING (job_id, call_key)
    JOIN upload_pipeline.upload_jobs j USING (job_id)
    JOIN widths w ON w.model = j.embed_model
    JOIN upload_pipeline.document_chunk_buffer c ON c.set_id = j.set_id AND c.chunk_ord = ANY (b.chunk_ords)
    WHERE p.operation = 'embed'
    GROUP BY 1
), beyond AS MATERIALIZED (
    SELECT b.unit_key, b.times - coalesce(i.times, 0) AS times
    FROM billed b
    LEFT JOIN intended i USING (unit_key)
    WHERE b.times > coalesce(i.times, 0)
), deleted AS (
    SELECT coalesce(sum((e.payload ->> 'units')::integer), 0) AS units
    FROM upload_pipeline.events e
    WHERE e.type = 'paid_intent' AND e.code = 'EMBED_INTENDED'
        AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.job_id = e.job_id)
)
SELECT unit_key
FROM beyond
WHERE (SELECT sum(times) FROM beyond) > (SELECT units FROM deleted)
