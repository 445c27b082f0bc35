-- $1 set, $2 document, $3 parsed sha, $4 chunker name, $5 chunker version, $6 provider of the text:
-- whoever has last made exactly this text
INSERT INTO upload_pipeline.chunk_sets
    (set_id, document_id, parsed_sha256, chunker_name, chunker_version, provider)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (set_id) DO UPDATE SET provider = excluded.provider WHERE chunk_sets.provider <> excluded.provider
