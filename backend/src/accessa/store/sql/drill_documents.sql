-- $1 users
SELECT document_id, user_id, file_sha256, raw_path, live_set_id
FROM upload_pipeline.documents
WHERE user_id = ANY($1)
