-- $1 user, $2 vector, $3 model, $4 version, $5 provider, $6 most rows; {index_id}, {dimensions}, {type}; {most} again, as
-- the planner has to know it. The nearest in the index, and all vectors of live sets that are not wholly in it, by their
-- distance as they were bought; in `candidates` how many the index had. Which sets those are is looked up one by one, and
-- first: right after a load the statistics are wrong.
WITH near AS MATERIALIZED (
    SELECT set_id, chunk_id
    FROM upload_pipeline.indexed_vectors
    WHERE index_id = {index_id}
    ORDER BY vector::{type}({dimensions}) <=> $2::vector::{type}({dimensions})
    LIMIT {most}
), lacking AS MATERIALIZED (
    SELECT d.document_id, d.filename, d.live_set_id AS set_id
    FROM upload_pipeline.documents d
    WHERE d.user_id = $1 AND d.live_embed_model = $3 AND d.live_embed_version = $4 AND d.live_embed_provider = $5
        AND (
            SELECT s.complete FROM upload_pipeline.indexed_sets s
            WHERE s.index_id = {index_id} AND s.set_id = d.live_set_id
        ) IS NOT TRUE
), nearest AS MATERIALIZED (
    SELECT v.set_id, v.chunk_id, d.document_id, d.filename, v.vector <=> $2::vector AS distance
    FROM near
    JOIN upload_pipeline.documents d ON d.live_set_id = near.set_id
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = near.set_id AND v.chunk_id = near.chunk_id AND v.embed_model = $3 AND v.embed_version = $4
    WHERE d.user_id = $1 AND d.live_embed_model = $3 AND d.live_embed_version = $4 AND d.live_embed_provider = $5
        AND v.provider = $5
        AND near.set_id NOT IN (SELECT set_id FROM lacking)
    UNION ALL
    SELECT v.set_id, v.chunk_id, d.document_id, d.filename, v.vector <=> $2::vector AS distance
    FROM lacking d
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = d.set_id AND v.embed_model = $3 AND v.embed_version = $4
    WHERE v.provider = $5 AND vector_dims(v.vector) = {dimensions}
    ORDER BY distance, chunk_id
    LIMIT $6
)
SELECT 1 - n.distance AS similarity, n.document_id, n.chunk_id, n.filename, c.meta, c.text,
    (SELECT count(*) FROM near) AS candidates
FROM nearest n
JOIN upload_pipeline.document_chunk_buffer c ON c.set_id = n.set_id AND c.chunk_id = n.chunk_id
ORDER BY n.distance, n.chunk_id
