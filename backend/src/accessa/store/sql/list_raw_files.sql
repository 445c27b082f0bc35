-- $1 seconds (null: all): where the file of each document lies, and its hash
SELECT document_id, raw_path, file_sha256
FROM upload_pipeline.documents
WHERE $1::float8 IS NULL OR document_id IN (
    SELECT e.document_id FROM upload_pipeline.events e WHERE e.ts >= now() - make_interval(secs => $1)
)
ORDER BY document_id
