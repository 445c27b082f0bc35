-- $1 order
UPDATE upload_pipeline.provider_batches SET polls = polls + 1 WHERE batch_id = $1
