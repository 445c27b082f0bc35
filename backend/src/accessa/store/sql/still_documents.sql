-- $1 documents: those of them that are still there
SELECT document_id FROM upload_pipeline.documents WHERE document_id = ANY ($1)
