-- $1 documents (null: all): chunks whose text is not the one that was hashed
SELECT set_id || '/' || chunk_id
FROM upload_pipeline.document_chunk_buffer
WHERE chunk_sha <> encode(sha256(convert_to(text, 'UTF8')), 'hex') AND ($1::uuid[] IS NULL OR document_id = ANY ($1))
