-- $1 documents, $2 parsed shas, $3 parsed paths, $4 page starts as text, $5 pages without text, $6 characters
INSERT INTO upload_pipeline.parsed_texts
    (document_id, parsed_sha256, parsed_path, page_starts, pages, pages_without_text, characters)
SELECT document_id, parsed_sha256, parsed_path, page_starts::integer[], cardinality(page_starts::integer[]),
    pages_without_text, characters
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[])
    AS parsed (document_id, parsed_sha256, parsed_path, page_starts, pages_without_text, characters)
ON CONFLICT DO NOTHING
