-- $1 document, $2 owner, $3 lease in seconds, $4 what is wrong with the file
UPDATE upload_pipeline.pending_uploads
SET available_at = now() + make_interval(secs => $3), last_error = coalesce($4, last_error)
WHERE document_id = $1 AND lease_owner = $2
RETURNING document_id
