-- $1 user, $2 document
SELECT document_id FROM upload_pipeline.pending_uploads WHERE user_id = $1 AND document_id = $2
