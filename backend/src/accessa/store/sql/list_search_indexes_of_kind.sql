-- $1 model, $2 version, $3 provider, $4 dimensions
SELECT index_id
FROM upload_pipeline.search_indexes
WHERE embed_model = $1 AND embed_version = $2 AND provider = $3 AND dimensions = $4
ORDER BY index_id
