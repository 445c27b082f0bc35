-- $1 set, $2 chunks in all
UPDATE upload_pipeline.chunk_sets SET chunks_total = $2 WHERE set_id = $1
