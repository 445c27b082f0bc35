-- $1 documents (null: all): sets with vectors of several widths under one model, version and provider
SELECT set_id::text
FROM upload_pipeline.document_vector_buffer
WHERE $1::uuid[] IS NULL OR document_id = ANY ($1)
GROUP BY set_id, embed_model, embed_version, provider
HAVING min(vector_dims(vector)) <> max(vector_dims(vector))
