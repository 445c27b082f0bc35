-- $1 order, $2 outcome
UPDATE upload_pipeline.provider_batches SET ended_at = now(), outcome = $2 WHERE batch_id = $1 AND ended_at IS NULL
