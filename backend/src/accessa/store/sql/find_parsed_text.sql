-- $1 document, $2 parsed sha
SELECT parsed_path, page_starts, pages
FROM upload_pipeline.parsed_texts
WHERE document_id = $1 AND parsed_sha256 = $2
