-- $1 document, $2 user, $3 filename, $4 mime, $5 bytes, $6 file sha, $7 raw path
INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING document_id
