-- $1 user, $2 model, $3 version, $4 provider, $5 dimensions
WITH made AS (
    INSERT INTO upload_pipeline.search_indexes (user_id, embed_model, embed_version, provider, dimensions)
    VALUES ($1, $2, $3, $4, $5)
    RETURNING index_id, dimensions
)
SELECT made.index_id, made.dimensions, a.atttypid::regtype::text AS type
FROM made
JOIN pg_catalog.pg_attribute a ON a.attrelid = 'upload_pipeline.indexed_vectors'::regclass AND a.attname = 'vector'
