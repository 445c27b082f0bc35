-- $1 document, $2 user, $3 job, $4 correlation id, $5 filename, $6 mime, $7 bytes, $8 file sha, $9 raw path, $10 end,
-- $11 seconds until the first look
INSERT INTO upload_pipeline.pending_uploads AS p
    (document_id, user_id, job_id, correlation_id, filename, mime, bytes_len, file_sha256, raw_path, expires_at,
     available_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(secs => $11)
WHERE NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = $1)
ON CONFLICT (document_id) DO UPDATE
SET filename = excluded.filename,
    mime = excluded.mime,
    bytes_len = excluded.bytes_len,
    expires_at = greatest(p.expires_at, excluded.expires_at),
    available_at = CASE WHEN p.lease_owner IS NULL THEN excluded.available_at ELSE p.available_at END,
    looks = 0,
    last_error = NULL
RETURNING job_id, correlation_id
