-- $1 document, $2 set, $3 model, $4 version
-- The provider is the one that made the vectors, which is not the present one when that changed on the way.
UPDATE upload_pipeline.documents d
SET live_set_id = $2, live_embed_model = $3, live_embed_version = $4, updated_at = now(),
    live_embed_provider = (
        SELECT v.provider FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = $2 AND v.embed_model = $3 AND v.embed_version = $4
        LIMIT 1
    ),
    parsed_sha256 = t.parsed_sha256, parsed_path = t.parsed_path
FROM upload_pipeline.chunk_sets s
JOIN upload_pipeline.parsed_texts t USING (document_id, parsed_sha256)
WHERE d.document_id = $1 AND s.set_id = $2 AND s.document_id = d.document_id
