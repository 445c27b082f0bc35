-- Rows of the three big tables: counted up to $1, and beside it what the planner believes, which for a table that it
-- believes to be larger is all that is looked at.
SELECT told.name, told.believed, CASE told.name
    WHEN 'documents' THEN CASE WHEN told.believed >= $1 THEN $1
        ELSE (SELECT count(*) FROM (SELECT FROM upload_pipeline.documents LIMIT $1) AS found) END
    WHEN 'chunks' THEN CASE WHEN told.believed >= $1 THEN $1
        ELSE (SELECT count(*) FROM (SELECT FROM upload_pipeline.document_chunk_buffer LIMIT $1) AS found) END
    ELSE CASE WHEN told.believed >= $1 THEN $1
        ELSE (SELECT count(*) FROM (SELECT FROM upload_pipeline.document_vector_buffer LIMIT $1) AS found) END
END AS counted
FROM (
    SELECT tables.name, reltuples::bigint AS believed
    FROM (VALUES
        ('documents', 'upload_pipeline.documents'::regclass),
        ('chunks', 'upload_pipeline.document_chunk_buffer'::regclass),
        ('vectors', 'upload_pipeline.document_vector_buffer'::regclass)
    ) AS tables (name, oid)
    JOIN pg_class USING (oid)
) AS told
