-- $1 jobs (null: all): batches still to be bought of jobs whose vectors are all stored
SELECT b.job_id || ' batch ' || b.batch_ord
FROM upload_pipeline.embedding_batches b
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE b.recorded_at IS NULL AND j.status IN ('embeddings_stored', 'complete')
    AND ($1::uuid[] IS NULL OR b.job_id = ANY ($1))
