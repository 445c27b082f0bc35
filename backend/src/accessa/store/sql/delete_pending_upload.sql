-- $1 document, $2 owner
DELETE FROM upload_pipeline.pending_uploads WHERE document_id = $1 AND lease_owner = $2 RETURNING document_id
