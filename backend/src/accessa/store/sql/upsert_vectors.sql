-- $1 sets, $2 chunks, $3 models, $4 versions, $5 documents, $6 vectors, $7 vector shas, $8 provider
INSERT INTO upload_pipeline.document_vector_buffer AS known
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
SELECT bought.*, $8::text
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::vector[], $7::text[]) AS bought
ON CONFLICT (set_id, chunk_id, embed_model, embed_version) DO UPDATE
SET vector = excluded.vector, vector_sha = excluded.vector_sha, provider = excluded.provider
WHERE known.vector_sha <> excluded.vector_sha OR known.provider <> excluded.provider
