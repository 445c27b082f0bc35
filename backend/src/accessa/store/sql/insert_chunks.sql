-- $1 sets, $2 chunks, $3 documents, $4 ordinals, $5 chunker names, $6 chunker versions, $7 chunk shas, $8 texts, $9 metas
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text, meta)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[]
)
ON CONFLICT DO NOTHING
