-- $1 job
SELECT coalesce(max(batch_ord) + 1, 0) FROM upload_pipeline.embedding_batches WHERE job_id = $1
