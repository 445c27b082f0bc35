-- $1 call key, $2 job, $3 provider, $4 operation, $5 model, $6 units, $7 epoch, $8 estimated cost in USD.
-- An intent for the same work that is still open is one that nobody will close: its worker died or lost the job.
WITH stale AS (
    UPDATE upload_pipeline.provider_calls SET state = 'abandoned', ended_at = now()
    WHERE call_key = $1 AND state = 'intended'
)
INSERT INTO upload_pipeline.provider_calls
    (call_key, job_id, document_id, user_id, provider, operation, model, units, lease_epoch, estimated_usd, retry_number)
SELECT $1, job_id, document_id, user_id, $3, $4, $5, $6, $7, $8,
    (SELECT count(*) FROM upload_pipeline.provider_calls c WHERE c.call_key = $1)
FROM upload_pipeline.upload_jobs
WHERE job_id = $2
RETURNING call_id
