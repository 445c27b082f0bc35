-- {index_id}
CREATE TABLE upload_pipeline.indexed_vectors_{index_id}
PARTITION OF upload_pipeline.indexed_vectors FOR VALUES IN ({index_id})
