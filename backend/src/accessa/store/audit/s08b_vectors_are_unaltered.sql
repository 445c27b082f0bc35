-- $1 documents (null: all): vectors that are not the ones that were hashed
SELECT set_id || '/' || chunk_id
FROM upload_pipeline.document_vector_buffer
WHERE vector_sha <> encode(sha256(vector_send(vector)), 'hex') AND ($1::uuid[] IS NULL OR document_id = ANY ($1))
