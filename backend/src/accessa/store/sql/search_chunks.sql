-- $1 user, $2 vector, $3 model, $4 version, $5 provider, $6 most rows
WITH nearest AS MATERIALIZED (
    SELECT v.set_id, v.chunk_id, d.document_id, d.filename, v.vector <=> $2::vector AS distance
    FROM upload_pipeline.documents d
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = d.live_set_id AND v.embed_model = d.live_embed_model AND v.embed_version = d.live_embed_version
    WHERE d.user_id = $1 AND d.live_embed_model = $3 AND d.live_embed_version = $4 AND d.live_embed_provider = $5
        AND v.provider = $5
        AND vector_dims(v.vector) = vector_dims($2::vector)
    ORDER BY distance, v.chunk_id
    LIMIT $6
)
SELECT 1 - n.distance AS similarity, n.document_id, n.chunk_id, n.filename, c.meta, c.text
FROM nearest n
JOIN upload_pipeline.document_chunk_buffer c ON c.set_id = n.set_id AND c.chunk_id = n.chunk_id
ORDER BY n.distance, n.chunk_id
