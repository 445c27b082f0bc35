-- $1 sets, $2 documents, $3 parsed shas, $4 chunker names, $5 chunker versions, $6 providers of the texts: whoever has last made
-- exactly this text; tells which of those that it wrote are new
INSERT INTO upload_pipeline.chunk_sets (set_id, document_id, parsed_sha256, chunker_name, chunker_version, provider)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (set_id) DO UPDATE SET provider = excluded.provider WHERE chunk_sets.provider <> excluded.provider
-- A row that was there has been locked to be changed.
RETURNING set_id, xmax = 0 AS is_new
