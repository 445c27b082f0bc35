-- $1 document: its vectors by set, model, version and maker: how many, how wide, and how long
SELECT set_id, embed_model, embed_version, provider, count(*)::integer AS vectors,
    min(vector_dims(vector)) AS least_dimensions, max(vector_dims(vector)) AS most_dimensions,
    min(vector_norm(vector)) AS least_norm, max(vector_norm(vector)) AS most_norm
FROM upload_pipeline.document_vector_buffer
WHERE document_id = $1
GROUP BY set_id, embed_model, embed_version, provider
ORDER BY set_id, embed_model, embed_version, provider
