-- $1 job
SELECT batch_id, provider, batch_ords, input_file_id, provider_batch_id, polls,
    extract(epoch FROM now() - created_at)::float8 AS age_seconds
FROM upload_pipeline.provider_batches
WHERE job_id = $1 AND ended_at IS NULL
