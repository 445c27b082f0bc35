-- $1 sets, $2 documents, $3 users, $4 chunker names, $5 chunker versions: of each set; $6 sets from 1, $7 chunks, $8 ordinals,
-- $9 chunk shas, $10 texts, $11 metas: of each chunk
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, user_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text, meta)
SELECT whole.set_id, part.chunk_id, whole.document_id, whole.user_id, part.chunk_ord, whole.chunker_name, whole.chunker_version,
    part.chunk_sha, part.text, part.meta
FROM unnest($6::integer[], $7::uuid[], $8::integer[], $9::text[], $10::text[], $11::jsonb[])
    AS part (place, chunk_id, chunk_ord, chunk_sha, text, meta)
JOIN unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
    WITH ORDINALITY AS whole (set_id, document_id, user_id, chunker_name, chunker_version, place) USING (place)
ON CONFLICT DO NOTHING
