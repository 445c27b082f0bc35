-- $1 documents (null: all): documents that name another text than the one their live set was cut from
SELECT d.document_id::text
FROM upload_pipeline.documents d
LEFT JOIN upload_pipeline.chunk_sets s ON s.set_id = d.live_set_id
LEFT JOIN upload_pipeline.parsed_texts t ON t.document_id = d.document_id AND t.parsed_sha256 = s.parsed_sha256
WHERE d.live_set_id IS NOT NULL AND (d.parsed_sha256, d.parsed_path) IS DISTINCT FROM (t.parsed_sha256, t.parsed_path)
    AND ($1::uuid[] IS NULL OR d.document_id = ANY ($1))
