-- $1 documents (null: all): chunks and vectors that say another document than their set, or chunks another user
SELECT 'chunk ' || c.set_id || '/' || c.chunk_id
FROM upload_pipeline.document_chunk_buffer c
JOIN upload_pipeline.chunk_sets s USING (set_id)
WHERE c.document_id <> s.document_id AND ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
UNION
SELECT 'chunk ' || c.set_id || '/' || c.chunk_id
FROM upload_pipeline.document_chunk_buffer c
JOIN upload_pipeline.chunk_sets s USING (set_id)
WHERE c.document_id <> s.document_id AND c.document_id = ANY ($1)
UNION
SELECT 'vector ' || v.set_id || '/' || v.chunk_id
FROM upload_pipeline.document_vector_buffer v
JOIN upload_pipeline.chunk_sets s USING (set_id)
WHERE v.document_id <> s.document_id AND ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
UNION
SELECT 'vector ' || v.set_id || '/' || v.chunk_id
FROM upload_pipeline.document_vector_buffer v
JOIN upload_pipeline.chunk_sets s USING (set_id)
WHERE v.document_id <> s.document_id AND v.document_id = ANY ($1)
UNION
SELECT 'chunk ' || c.set_id || '/' || c.chunk_id
FROM upload_pipeline.document_chunk_buffer c
JOIN upload_pipeline.documents d USING (document_id)
WHERE c.user_id <> d.user_id AND ($1::uuid[] IS NULL OR d.document_id = ANY ($1))
