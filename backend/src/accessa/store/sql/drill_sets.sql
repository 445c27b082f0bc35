-- $1 users
SELECT s.set_id, s.document_id, s.chunks_total
FROM upload_pipeline.chunk_sets s
JOIN upload_pipeline.documents d USING (document_id)
WHERE d.user_id = ANY($1)
