-- $1 document, $2 set, $3 model, $4 version, $5 provider of the vectors
UPDATE upload_pipeline.documents d
SET live_set_id = $2, live_embed_model = $3, live_embed_version = $4, live_embed_provider = $5, updated_at = now(),
    parsed_sha256 = t.parsed_sha256, parsed_path = t.parsed_path
FROM upload_pipeline.chunk_sets s
JOIN upload_pipeline.parsed_texts t USING (document_id, parsed_sha256)
WHERE d.document_id = $1 AND s.set_id = $2 AND s.document_id = d.document_id
