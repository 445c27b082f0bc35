-- $1 user, $2 SHA-256 of files as hex, $3 provider: those whose upload would buy nothing
SELECT file_sha256
FROM upload_pipeline.documents
WHERE user_id = $1 AND file_sha256 = ANY ($2) AND (live_set_id IS NULL OR live_embed_provider = $3)
