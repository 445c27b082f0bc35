-- $1 user, $2 document
SELECT raw_path FROM upload_pipeline.documents WHERE user_id = $1 AND document_id = $2
