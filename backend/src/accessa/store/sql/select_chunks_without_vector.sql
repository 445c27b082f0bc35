-- $1 sets, $2 model, $3 version, $4 provider
SELECT c.set_id, c.chunk_ord, c.chunk_id, octet_length(c.text) AS bytes
FROM unnest($1::uuid[]) AS wanted (set_id)
JOIN upload_pipeline.document_chunk_buffer c USING (set_id)
WHERE NOT EXISTS (
    SELECT FROM upload_pipeline.document_vector_buffer v
    WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $2 AND v.embed_version = $3
        AND v.provider = $4
)
ORDER BY c.set_id, c.chunk_ord
