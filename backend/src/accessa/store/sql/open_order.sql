-- $1 order, $2 job, $3 provider, $4 embedding batches
INSERT INTO upload_pipeline.provider_batches (batch_id, job_id, provider, batch_ords) VALUES ($1, $2, $3, $4)
