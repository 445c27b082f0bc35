-- $1 documents: each object of the storage that rows name, what it is, and its bytes where a row knows them
SELECT DISTINCT ON (document_id, path) document_id, path, kind, bytes
FROM (
    SELECT document_id, raw_path AS path, 1 AS place, 'uploaded file' AS kind, bytes_len AS bytes
    FROM upload_pipeline.documents
    UNION ALL
    SELECT document_id, result_path, 2, 'pages from the provider', NULL FROM upload_pipeline.parse_runs
    UNION ALL
    SELECT document_id, parsed_path, 3, 'text', NULL FROM upload_pipeline.parsed_texts
    UNION ALL
    SELECT document_id, parsed_path, 4, 'text', NULL FROM upload_pipeline.documents
    UNION ALL
    SELECT document_id, parsed_path, 5, 'text of a job', NULL FROM upload_pipeline.upload_jobs
) named
WHERE path IS NOT NULL AND document_id = ANY ($1)
ORDER BY document_id, path, place
