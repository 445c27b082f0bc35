-- $1 call key, $2 job, $3 provider, $4 operation, $5 model, $6 units, $7 epoch
INSERT INTO upload_pipeline.provider_calls
    (call_key, job_id, document_id, user_id, provider, operation, model, units, lease_epoch)
SELECT $1, job_id, document_id, user_id, $3, $4, $5, $6, $7
FROM upload_pipeline.upload_jobs
WHERE job_id = $2
RETURNING call_id
