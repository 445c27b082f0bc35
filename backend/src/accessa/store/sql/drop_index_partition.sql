-- {index_id}
DROP TABLE IF EXISTS upload_pipeline.indexed_vectors_{index_id}
