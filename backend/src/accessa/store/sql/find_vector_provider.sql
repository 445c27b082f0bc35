-- $1 document: who made its live vectors, null without any; what a worker of the first version published has no label
SELECT coalesce(live_embed_provider, 'mock-unknown')
FROM upload_pipeline.documents
WHERE document_id = $1 AND live_set_id IS NOT NULL
