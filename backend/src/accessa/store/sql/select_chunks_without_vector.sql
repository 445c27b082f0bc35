-- $1 set, $2 model, $3 version, $4 provider
SELECT c.chunk_ord, c.chunk_id, octet_length(c.text) AS bytes
FROM upload_pipeline.document_chunk_buffer c
WHERE c.set_id = $1 AND NOT EXISTS (
    SELECT FROM upload_pipeline.document_vector_buffer v
    WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $2 AND v.embed_version = $3
        AND v.provider = $4
)
ORDER BY c.chunk_ord
