-- $1 documents, $2 sets, $3 models, $4 versions
-- The provider is the one that made the vectors, which is not the present one when that changed on the way.
WITH published AS MATERIALIZED (
    -- In one order for all who publish.
    SELECT d.document_id, p.set_id, p.embed_model, p.embed_version
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS p (document_id, set_id, embed_model, embed_version)
    JOIN upload_pipeline.documents d USING (document_id)
    ORDER BY d.document_id
    FOR NO KEY UPDATE OF d
)
UPDATE upload_pipeline.documents d
SET live_set_id = p.set_id, live_embed_model = p.embed_model, live_embed_version = p.embed_version, updated_at = now(),
    live_embed_provider = (
        SELECT v.provider FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = p.set_id AND v.embed_model = p.embed_model AND v.embed_version = p.embed_version
        LIMIT 1
    ),
    parsed_sha256 = t.parsed_sha256, parsed_path = t.parsed_path
FROM published p
JOIN upload_pipeline.chunk_sets s ON s.set_id = p.set_id AND s.document_id = p.document_id
JOIN upload_pipeline.parsed_texts t ON t.document_id = s.document_id AND t.parsed_sha256 = s.parsed_sha256
WHERE d.document_id = p.document_id
