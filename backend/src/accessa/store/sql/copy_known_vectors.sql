-- $1 set, $2 model, $3 version, $4 user, $5 provider: chunks whose text the same owner has already paid for take that vector.
-- OFFSET 0 keeps the look-ups in the order written, each by its index: right after a load the statistics are wrong.
WITH lacking AS MATERIALIZED (
    SELECT c.chunk_id, c.document_id, c.chunk_sha
    FROM upload_pipeline.document_chunk_buffer c
    WHERE c.set_id = $1 AND NOT EXISTS (
        SELECT FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $2 AND v.embed_version = $3
            AND v.provider = $5
    )
)
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
SELECT $1, l.chunk_id, $2, $3, l.document_id, known.vector, known.vector_sha, $5
FROM lacking l
CROSS JOIN LATERAL (
    SELECT bought.vector, bought.vector_sha
    FROM (
        SELECT c.set_id, c.chunk_id, c.document_id
        FROM upload_pipeline.document_chunk_buffer c
        WHERE c.chunk_sha = l.chunk_sha
        OFFSET 0
    ) same_text
    CROSS JOIN LATERAL (
        SELECT v.vector, v.vector_sha
        FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = same_text.set_id AND v.chunk_id = same_text.chunk_id
            AND v.embed_model = $2 AND v.embed_version = $3 AND v.provider = $5
        OFFSET 0
    ) bought
    WHERE (SELECT d.user_id FROM upload_pipeline.documents d WHERE d.document_id = same_text.document_id) = $4
    LIMIT 1
) known
ON CONFLICT (set_id, chunk_id, embed_model, embed_version) DO UPDATE
SET vector = excluded.vector, vector_sha = excluded.vector_sha, provider = excluded.provider
WHERE document_vector_buffer.provider <> excluded.provider
