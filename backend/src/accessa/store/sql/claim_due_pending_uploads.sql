-- $1 owner, $2 lease in seconds, $3 bytes read in a second, $4 grace in seconds, $5 most uploads
WITH due AS MATERIALIZED (
    SELECT document_id
    FROM upload_pipeline.pending_uploads
    WHERE available_at <= now()
    ORDER BY available_at
    LIMIT $5
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE upload_pipeline.pending_uploads p
SET lease_owner = $1, available_at = now() + make_interval(secs => $2 + bytes_len / $3)
FROM due
WHERE p.document_id = due.document_id
RETURNING p.document_id, user_id, job_id, correlation_id, filename, mime, bytes_len, file_sha256, raw_path, lease_owner,
    last_error, $2 + bytes_len / $3 AS lease_seconds, expires_at + make_interval(secs => $4) <= now() AS over
