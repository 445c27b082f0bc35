-- $1 set, $2 model, $3 version, $4 provider
SELECT count(*)
FROM upload_pipeline.document_vector_buffer
WHERE set_id = $1 AND embed_model = $2 AND embed_version = $3 AND provider = $4
