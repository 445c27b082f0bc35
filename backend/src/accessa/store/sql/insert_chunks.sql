-- $1 sets, $2 documents, $3 chunker names, $4 chunker versions: of each set; $5 sets from 1, $6 chunks, $7 ordinals,
-- $8 chunk shas, $9 texts, $10 metas: of each chunk
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text, meta)
SELECT whole.set_id, part.chunk_id, whole.document_id, part.chunk_ord, whole.chunker_name, whole.chunker_version,
    part.chunk_sha, part.text, part.meta
FROM unnest($5::integer[], $6::uuid[], $7::integer[], $8::text[], $9::text[], $10::jsonb[])
    AS part (place, chunk_id, chunk_ord, chunk_sha, text, meta)
JOIN unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
    WITH ORDINALITY AS whole (set_id, document_id, chunker_name, chunker_version, place) USING (place)
ON CONFLICT DO NOTHING
