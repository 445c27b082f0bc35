-- $1 order, $2 the provider's file id, null once the file is gone there
UPDATE upload_pipeline.provider_batches SET input_file_id = $2 WHERE batch_id = $1
