-- $1 jobs (null: all): receipts that tell something else than what is stored; a replaced set is not there to compare
SELECT r.job_id::text
FROM upload_pipeline.receipts r
LEFT JOIN upload_pipeline.upload_jobs j USING (job_id)
LEFT JOIN upload_pipeline.documents d ON d.document_id = r.document_id
LEFT JOIN upload_pipeline.chunk_sets s ON s.set_id = j.set_id
LEFT JOIN upload_pipeline.parsed_texts t ON t.document_id = r.document_id AND t.parsed_sha256 = s.parsed_sha256
WHERE ($1::uuid[] IS NULL OR r.job_id = ANY ($1)) AND (
    j.status IS DISTINCT FROM 'complete'
    OR (r.document_id, r.user_id, r.bytes_len, r.file_sha256, r.embed_model, r.embed_version, r.chunker)
        IS DISTINCT FROM (
            j.document_id, d.user_id, d.bytes_len, d.file_sha256, j.embed_model, j.embed_version, j.chunks_version
        )
    OR (
        s.set_id IS NOT NULL
        AND (r.chunks, r.vectors, r.pages, r.pages_without_text, r.characters)
            IS DISTINCT FROM (s.chunks_total, s.chunks_total, t.pages, t.pages_without_text, t.characters)
    )
)
