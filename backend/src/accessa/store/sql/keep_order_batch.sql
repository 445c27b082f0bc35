-- $1 order, $2 the provider's batch id
UPDATE upload_pipeline.provider_batches SET provider_batch_id = $2, submitted_at = now() WHERE batch_id = $1
