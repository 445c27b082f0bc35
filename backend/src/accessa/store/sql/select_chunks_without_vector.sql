-- $1 sets, $2 model, $3 version, $4 provider
-- LIMIT and OFFSET keep the look-ups in the order written, each by its index: right after a load the statistics are wrong.
SELECT c.set_id, c.chunk_ord, c.chunk_id, c.bytes
FROM unnest($1::uuid[]) AS wanted (set_id)
CROSS JOIN LATERAL (
    SELECT c.set_id, c.chunk_ord, c.chunk_id, octet_length(c.text) AS bytes
    FROM upload_pipeline.document_chunk_buffer c
    WHERE c.set_id = wanted.set_id
    OFFSET 0
) c
LEFT JOIN LATERAL (
    SELECT true AS there FROM upload_pipeline.document_vector_buffer v
    WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $2 AND v.embed_version = $3
        AND v.provider = $4
    LIMIT 1
) v ON true
WHERE v.there IS NULL
ORDER BY c.set_id, c.chunk_ord
