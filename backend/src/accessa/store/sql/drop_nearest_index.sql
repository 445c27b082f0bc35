-- {index_id}: what a build that was cut short has left
DROP INDEX IF EXISTS upload_pipeline.indexed_vectors_{index_id}_nearest
