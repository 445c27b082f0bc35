-- $1 job, $2 batch ordinal
UPDATE upload_pipeline.embedding_batches SET recorded_at = now()
WHERE job_id = $1 AND batch_ord = $2 AND recorded_at IS NULL
