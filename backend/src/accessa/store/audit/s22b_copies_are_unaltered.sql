-- $1 documents (null: all): copies of no vector, or of another than the one bought; half precision keeps three digits
SELECT x.set_id || '/' || x.chunk_id
FROM upload_pipeline.indexed_sets s
JOIN upload_pipeline.search_indexes i USING (index_id)
JOIN upload_pipeline.indexed_vectors x ON x.index_id = s.index_id AND x.set_id = s.set_id
LEFT JOIN upload_pipeline.document_vector_buffer v
    ON v.set_id = x.set_id AND v.chunk_id = x.chunk_id AND v.embed_model = i.embed_model
    AND v.embed_version = i.embed_version AND v.provider = i.provider
WHERE ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
    AND CASE
        WHEN v.chunk_id IS NULL OR vector_dims(v.vector) <> vector_dims(x.vector) THEN true
        ELSE (x.vector::vector <-> v.vector) > 0.001 * vector_norm(v.vector)
    END
