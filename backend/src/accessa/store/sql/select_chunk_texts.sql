-- $1 set, $2 chunk ordinals
SELECT chunk_id, text
FROM upload_pipeline.document_chunk_buffer
WHERE set_id = $1 AND chunk_ord = ANY ($2)
ORDER BY chunk_ord
