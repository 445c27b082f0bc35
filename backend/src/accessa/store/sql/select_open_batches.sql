-- $1 job
SELECT batch_ord, chunk_ords, call_key
FROM upload_pipeline.embedding_batches
WHERE job_id = $1 AND recorded_at IS NULL
ORDER BY batch_ord
