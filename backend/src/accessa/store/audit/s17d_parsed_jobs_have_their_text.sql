-- $1 jobs (null: all): jobs past parsing without a path, and those past validation without the facts of their text
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
LEFT JOIN upload_pipeline.parsed_texts t USING (document_id, parsed_sha256)
WHERE ($1::uuid[] IS NULL OR j.job_id = ANY ($1)) AND (
    (j.status = 'parsed' AND j.parsed_path IS NULL)
    OR (
        j.status IN (
            'parse_validated', 'chunking', 'chunks_stored', 'embedding_queued', 'embedding_in_progress', 'embeddings_stored',
            'complete'
        )
        AND (t.parsed_path IS NULL OR j.parsed_path IS DISTINCT FROM t.parsed_path)
    )
)
