-- $1 index: built, or to be claimed again where it came to nothing
UPDATE upload_pipeline.search_indexes
SET build_until = NULL, built_at = CASE WHEN EXISTS (
    SELECT FROM pg_catalog.pg_index x
    WHERE x.indexrelid = to_regclass('upload_pipeline.indexed_vectors_' || $1::integer || '_nearest') AND x.indisvalid
) THEN now() END
WHERE index_id = $1
