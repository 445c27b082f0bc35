-- $1 index, $2 set, $3 most rows: copies the next vectors of a set; how many.
-- Whoever changes a vector afterwards finds the set's row and ends it, so none may be under way now.
WITH part AS MATERIALIZED (
    SELECT v.chunk_id, v.vector
    FROM upload_pipeline.search_indexes i
    JOIN upload_pipeline.indexed_sets s USING (index_id)
    JOIN upload_pipeline.document_vector_buffer v
        ON v.set_id = s.set_id AND v.embed_model = i.embed_model AND v.embed_version = i.embed_version
    WHERE i.index_id = $1 AND s.set_id = $2 AND (s.copied_to IS NULL OR v.chunk_id > s.copied_to)
        AND v.provider = i.provider AND vector_dims(v.vector) = i.dimensions
    ORDER BY v.chunk_id
    LIMIT $3
    FOR SHARE OF v NOWAIT
), copied AS (
    INSERT INTO upload_pipeline.indexed_vectors (index_id, set_id, chunk_id, vector)
    SELECT $1, $2, chunk_id, vector FROM part
)
UPDATE upload_pipeline.indexed_sets
SET copied_to = coalesce((SELECT chunk_id FROM part ORDER BY chunk_id DESC LIMIT 1), copied_to),
    vectors = vectors + (SELECT count(*) FROM part),
    complete = (SELECT count(*) FROM part) < $3
WHERE index_id = $1 AND set_id = $2
RETURNING (SELECT count(*) FROM part) AS copied
