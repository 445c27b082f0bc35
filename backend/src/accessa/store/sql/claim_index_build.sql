-- $1 index: takes it on for an hour when all that is entered is copied, and nobody builds it
UPDATE upload_pipeline.search_indexes i
SET build_until = now() + interval '1 hour'
FROM pg_catalog.pg_attribute a
WHERE i.index_id = $1 AND i.built_at IS NULL AND (i.build_until IS NULL OR i.build_until < now())
    AND a.attrelid = 'upload_pipeline.indexed_vectors'::regclass AND a.attname = 'vector'
    AND EXISTS (SELECT FROM upload_pipeline.indexed_sets s WHERE s.index_id = i.index_id)
    AND NOT EXISTS (SELECT FROM upload_pipeline.indexed_sets s WHERE s.index_id = i.index_id AND NOT s.complete)
RETURNING i.index_id, i.dimensions, a.atttypid::regtype::text AS type
