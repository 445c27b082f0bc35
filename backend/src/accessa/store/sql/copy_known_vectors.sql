-- $1 set, $2 model, $3 version, $4 user: chunks whose text the same owner has already paid for take that vector
WITH lacking AS MATERIALIZED (
    SELECT c.chunk_id, c.document_id, c.chunk_sha
    FROM upload_pipeline.document_chunk_buffer c
    WHERE c.set_id = $1 AND NOT EXISTS (
        SELECT FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $2 AND v.embed_version = $3
    )
)
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha)
SELECT $1, l.chunk_id, $2, $3, l.document_id, known.vector, known.vector_sha
FROM lacking l
CROSS JOIN LATERAL (
    SELECT v.vector, v.vector_sha
    FROM upload_pipeline.document_chunk_buffer c
    JOIN upload_pipeline.documents d USING (document_id)
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $2 AND v.embed_version = $3
    WHERE c.chunk_sha = l.chunk_sha AND d.user_id = $4
    LIMIT 1
) known
ON CONFLICT DO NOTHING
