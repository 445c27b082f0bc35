-- $1 job, $2 batch: one that has bought nothing
DELETE FROM upload_pipeline.embedding_batches WHERE job_id = $1 AND batch_ord = $2 AND recorded_at IS NULL
