-- $1 user, $2 vector, $3 model, $4 version, $5 provider, $6 most rows; {index_id}, {dimensions}, {type}, {candidates}.
-- Candidates of the index, and all vectors of sets that are not wholly in it, by their distance as they were bought; in
-- `candidates` how many the index had.
WITH near AS MATERIALIZED (
    SELECT set_id, chunk_id
    FROM upload_pipeline.indexed_vectors
    WHERE index_id = {index_id}
    ORDER BY vector::{type}({dimensions}) <=> $2::vector::{type}({dimensions})
    LIMIT {candidates}
), nearest AS MATERIALIZED (
    SELECT v.set_id, v.chunk_id, d.document_id, d.filename, v.vector <=> $2::vector AS distance
    FROM near
    JOIN upload_pipeline.documents d ON d.live_set_id = near.set_id
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = near.set_id AND v.chunk_id = near.chunk_id AND v.embed_model = d.live_embed_model
        AND v.embed_version = d.live_embed_version
    WHERE d.user_id = $1 AND d.live_embed_model = $3 AND d.live_embed_version = $4 AND d.live_embed_provider = $5
        AND v.provider = $5
        AND vector_dims(v.vector) = {dimensions}
    UNION
    SELECT v.set_id, v.chunk_id, d.document_id, d.filename, v.vector <=> $2::vector AS distance
    FROM upload_pipeline.documents d
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = d.live_set_id AND v.embed_model = d.live_embed_model AND v.embed_version = d.live_embed_version
    WHERE d.user_id = $1 AND d.live_embed_model = $3 AND d.live_embed_version = $4 AND d.live_embed_provider = $5
        AND v.provider = $5
        AND vector_dims(v.vector) = {dimensions}
        AND NOT EXISTS (
            SELECT FROM upload_pipeline.indexed_sets s
            WHERE s.index_id = {index_id} AND s.set_id = d.live_set_id AND s.complete
        )
    ORDER BY distance, chunk_id
    LIMIT $6
)
SELECT 1 - n.distance AS similarity, n.document_id, n.chunk_id, n.filename, c.meta, c.text,
    (SELECT count(*) FROM near) AS candidates
FROM nearest n
JOIN upload_pipeline.document_chunk_buffer c ON c.set_id = n.set_id AND c.chunk_id = n.chunk_id
ORDER BY n.distance, n.chunk_id
