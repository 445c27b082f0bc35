-- $1 set, $2 chunk, $3 document, $4 ordinal, $5 chunker name, $6 chunker version, $7 chunk sha, $8 text, $9 meta
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text, meta)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
