-- $1 users: the embedding batches as they were planned
SELECT b.job_id, b.call_key, b.chunk_ords, j.set_id
FROM upload_pipeline.embedding_batches b
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE j.user_id = ANY($1)
