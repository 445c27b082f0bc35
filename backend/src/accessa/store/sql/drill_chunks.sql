-- $1 users: every chunk with its text
SELECT c.document_id, c.set_id, c.chunk_id, c.chunk_ord, c.chunk_sha, c.text
FROM upload_pipeline.document_chunk_buffer c
JOIN upload_pipeline.documents d USING (document_id)
WHERE d.user_id = ANY($1)
ORDER BY c.document_id, c.chunk_ord
