-- $1 index, $2 most rows: some of its passages with their vectors as they were bought
SELECT v.vector
FROM upload_pipeline.search_indexes i
JOIN upload_pipeline.indexed_sets s USING (index_id)
JOIN upload_pipeline.document_vector_buffer v
    ON v.set_id = s.set_id AND v.embed_model = i.embed_model AND v.embed_version = i.embed_version
    AND v.provider = i.provider
WHERE i.index_id = $1
ORDER BY md5(v.chunk_id::text)
LIMIT $2
