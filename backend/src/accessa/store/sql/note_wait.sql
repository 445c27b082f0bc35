-- $1 job, $2 epoch, $3 why it waits, $4 provider at whose gate, $5 tokens that the gate has no room for
WITH asked AS (
    UPDATE upload_pipeline.provider_gates SET tokens_asked = $5
    WHERE provider = $4 AND $5 > 0 AND tokens_asked <> $5
)
UPDATE upload_pipeline.upload_jobs
SET last_error = $3, waits_for = $4, crash_count = 0, updated_at = now()
WHERE job_id = $1 AND lease_epoch = $2
