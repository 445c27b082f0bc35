-- $1 set, $2 chunk, $3 model, $4 version, $5 document, $6 vector, $7 vector sha, $8 provider
INSERT INTO upload_pipeline.document_vector_buffer AS known
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (set_id, chunk_id, embed_model, embed_version) DO UPDATE
SET vector = excluded.vector, vector_sha = excluded.vector_sha, provider = excluded.provider
WHERE known.vector_sha <> excluded.vector_sha OR known.provider <> excluded.provider
