-- $1 document
SELECT EXISTS (SELECT FROM upload_pipeline.documents WHERE document_id = $1)
