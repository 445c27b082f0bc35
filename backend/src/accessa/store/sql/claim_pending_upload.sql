-- $1 user, $2 document, $3 owner, $4 lease in seconds, $5 bytes read in a second, $6 grace in seconds
UPDATE upload_pipeline.pending_uploads
SET lease_owner = $3, available_at = now() + make_interval(secs => $4 + bytes_len / $5)
WHERE user_id = $1 AND document_id = $2 AND (lease_owner IS NULL OR available_at <= now())
RETURNING document_id, user_id, job_id, correlation_id, filename, mime, bytes_len, file_sha256, raw_path, lease_owner,
    last_error, $4 + bytes_len / $5 AS lease_seconds, expires_at + make_interval(secs => $6) <= now() AS over
