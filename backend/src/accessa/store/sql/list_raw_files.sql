-- $1 seconds (null: all): where the file of each document lies, and its hash
SELECT document_id, raw_path, file_sha256
FROM upload_pipeline.documents
WHERE $1::float8 IS NULL
UNION ALL
SELECT document_id, raw_path, file_sha256
FROM upload_pipeline.documents
JOIN (
    SELECT DISTINCT document_id FROM upload_pipeline.events WHERE ts >= now() - make_interval(secs => $1)
) touched USING (document_id)
ORDER BY document_id
