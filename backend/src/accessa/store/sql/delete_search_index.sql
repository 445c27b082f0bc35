-- $1 index
DELETE FROM upload_pipeline.search_indexes WHERE index_id = $1
