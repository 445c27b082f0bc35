-- $1 user, $2 model, $3 version, $4 provider, $5 dimensions: an index that is built
SELECT i.index_id, i.dimensions, a.atttypid::regtype::text AS type
FROM upload_pipeline.search_indexes i
JOIN pg_catalog.pg_attribute a ON a.attrelid = 'upload_pipeline.indexed_vectors'::regclass AND a.attname = 'vector'
WHERE i.user_id = $1 AND i.embed_model = $2 AND i.embed_version = $3 AND i.provider = $4 AND i.dimensions = $5
    AND i.built_at IS NOT NULL
