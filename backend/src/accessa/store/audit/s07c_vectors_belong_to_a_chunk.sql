-- $1 documents (null: all): vectors of chunks that are not there
SELECT v.set_id || '/' || v.chunk_id
FROM upload_pipeline.document_vector_buffer v
LEFT JOIN upload_pipeline.document_chunk_buffer c USING (set_id, chunk_id)
WHERE c.chunk_id IS NULL AND ($1::uuid[] IS NULL OR v.document_id = ANY ($1))
