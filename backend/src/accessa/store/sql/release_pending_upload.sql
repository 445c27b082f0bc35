-- $1 document, $2 owner, $3 first pause in seconds, $4 longest pause in seconds
UPDATE upload_pipeline.pending_uploads
SET lease_owner = NULL,
    available_at = now() + make_interval(secs => least($4, $3 * power(2, least(looks, 20)))),
    looks = looks + 1
WHERE document_id = $1 AND lease_owner = $2
