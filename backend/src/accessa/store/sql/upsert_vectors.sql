-- $1 sets, $2 models, $3 versions, $4 documents: of each batch; $5 batches from 1, $6 chunks, $7 vectors, $8 vector shas: of
-- each vector; $9 provider
INSERT INTO upload_pipeline.document_vector_buffer AS known
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
SELECT batch.set_id, bought.chunk_id, batch.embed_model, batch.embed_version, batch.document_id, bought.vector,
    bought.vector_sha, $9::text
FROM unnest($5::integer[], $6::uuid[], $7::vector[], $8::text[]) AS bought (place, chunk_id, vector, vector_sha)
JOIN unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])
    WITH ORDINALITY AS batch (set_id, embed_model, embed_version, document_id, place) USING (place)
ON CONFLICT (set_id, chunk_id, embed_model, embed_version) DO UPDATE
SET vector = excluded.vector, vector_sha = excluded.vector_sha, provider = excluded.provider
WHERE known.vector_sha <> excluded.vector_sha OR known.provider <> excluded.provider
