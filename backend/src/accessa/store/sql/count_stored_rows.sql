-- Rows of the three big tables: counted up to $1, and beside it what the planner believes for a table above that.
SELECT 'documents' AS name,
    (SELECT count(*) FROM (SELECT FROM upload_pipeline.documents LIMIT $1) AS found) AS counted,
    (SELECT reltuples::bigint FROM pg_class WHERE oid = 'upload_pipeline.documents'::regclass) AS believed
UNION ALL
SELECT 'chunks',
    (SELECT count(*) FROM (SELECT FROM upload_pipeline.document_chunk_buffer LIMIT $1) AS found),
    (SELECT reltuples::bigint FROM pg_class WHERE oid = 'upload_pipeline.document_chunk_buffer'::regclass)
UNION ALL
SELECT 'vectors',
    (SELECT count(*) FROM (SELECT FROM upload_pipeline.document_vector_buffer LIMIT $1) AS found),
    (SELECT reltuples::bigint FROM pg_class WHERE oid = 'upload_pipeline.document_vector_buffer'::regclass)
