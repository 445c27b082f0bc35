-- $1 users: every vector
SELECT v.set_id, v.chunk_id, v.document_id, v.vector
FROM upload_pipeline.document_vector_buffer v
JOIN upload_pipeline.documents d USING (document_id)
WHERE d.user_id = ANY($1)
