-- $1 job, $2 batch ordinal, $3 chunk ordinals, $4 call key
INSERT INTO upload_pipeline.embedding_batches (job_id, batch_ord, chunk_ords, call_key)
VALUES ($1, $2, $3, $4)
