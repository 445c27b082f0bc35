-- $1 jobs (null: all): batches that are ticked off, of which a chunk has no vector
SELECT b.job_id || ' batch ' || b.batch_ord
FROM upload_pipeline.embedding_batches b
JOIN upload_pipeline.upload_jobs j USING (job_id)
JOIN upload_pipeline.chunk_sets s USING (set_id)
WHERE b.recorded_at IS NOT NULL AND ($1::uuid[] IS NULL OR b.job_id = ANY ($1))
    AND cardinality(b.chunk_ords) <> (
        SELECT count(*)
        FROM upload_pipeline.document_chunk_buffer c
        JOIN upload_pipeline.document_vector_buffer v USING (set_id, chunk_id)
        WHERE c.set_id = s.set_id AND c.chunk_ord = ANY (b.chunk_ords) AND v.embed_model = j.embed_model
            AND v.embed_version = j.embed_version
    )
