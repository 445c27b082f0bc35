-- $1 document
SELECT live_embed_provider FROM upload_pipeline.documents WHERE document_id = $1
