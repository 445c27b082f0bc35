-- {index_id}, {dimensions}, {type} of the vectors: neither deletions nor copies wait for it
CREATE INDEX CONCURRENTLY indexed_vectors_{index_id}_nearest ON upload_pipeline.indexed_vectors_{index_id}
USING hnsw ((vector::{type}({dimensions})) {type}_cosine_ops)
