-- $1 parse; makes its job due while nobody owns it
WITH noted AS (
    UPDATE upload_pipeline.parse_runs SET notified_at = clock_timestamp() WHERE parse_id = $1 RETURNING job_id
)
UPDATE upload_pipeline.upload_jobs j
SET available_at = now(), updated_at = now()
FROM noted
WHERE j.job_id = noted.job_id AND j.lease_owner IS NULL AND j.status = 'parse_queued'
