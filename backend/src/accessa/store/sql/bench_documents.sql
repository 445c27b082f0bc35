-- $1 user, $2 how many: makes documents without files, for measuring the database alone
INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
SELECT gen_random_uuid(), $1, 'bench-' || place || '.md', 'text/markdown', 1, encode(sha256(place::text::bytea), 'hex'), 'bench/' || place
FROM generate_series(1, $2::integer) place
RETURNING document_id
