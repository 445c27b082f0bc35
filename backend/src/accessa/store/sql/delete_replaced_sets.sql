-- $1 documents, $2 the sets of them that stay
DELETE FROM upload_pipeline.chunk_sets c
USING unnest($1::uuid[], $2::uuid[]) AS kept (document_id, set_id)
WHERE c.document_id = kept.document_id AND c.set_id <> kept.set_id
