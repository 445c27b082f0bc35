-- Documents that are stored, what their files measure, and what the database does
SELECT count(*) AS documents, coalesce(sum(bytes_len), 0)::bigint AS file_bytes,
    pg_database_size(current_database()) AS database_bytes
FROM upload_pipeline.documents
