-- $1 users, $2 most rows: chunks with their text and vector, in no order that their text has to do with
SELECT c.chunk_id, c.text, v.vector
FROM upload_pipeline.document_vector_buffer v
JOIN upload_pipeline.document_chunk_buffer c USING (set_id, chunk_id)
JOIN upload_pipeline.documents d ON d.document_id = v.document_id
WHERE d.user_id = ANY($1)
ORDER BY c.chunk_sha
LIMIT $2
