-- $1 document, $2 parsed sha, $3 parsed path, $4 page starts, $5 pages, $6 pages without text, $7 characters
INSERT INTO upload_pipeline.parsed_texts
    (document_id, parsed_sha256, parsed_path, page_starts, pages, pages_without_text, characters)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
