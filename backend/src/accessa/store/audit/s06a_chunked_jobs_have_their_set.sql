-- $1 jobs (null: all): jobs past chunking without a set of theirs; that of a complete one may have been replaced
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
LEFT JOIN upload_pipeline.chunk_sets s ON s.set_id = j.set_id AND s.document_id = j.document_id
WHERE j.status IN ('chunks_stored', 'embedding_queued', 'embedding_in_progress', 'embeddings_stored', 'complete')
    AND (j.status <> 'complete' OR j.set_id IS NOT NULL) AND s.chunks_total IS NULL
    AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
