-- $1 document, $2 the set that stays
DELETE FROM upload_pipeline.chunk_sets WHERE document_id = $1 AND set_id <> $2
