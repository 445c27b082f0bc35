-- $1 worker, which ends; a job in the middle of a transaction is left to the end of its lease, which counts no death
WITH ended AS (
    UPDATE upload_pipeline.workers SET state = 'stopped', jobs_in_hand = 0, heartbeat_at = now() WHERE worker_id = $1
), held AS MATERIALIZED (
    SELECT job_id FROM upload_pipeline.upload_jobs WHERE lease_owner = $1 FOR NO KEY UPDATE SKIP LOCKED
), released AS (
    UPDATE upload_pipeline.upload_jobs j
    SET lease_owner = NULL, available_at = now(), updated_at = now()
    FROM held
    WHERE j.job_id = held.job_id
    RETURNING j.*
)
INSERT INTO upload_pipeline.events (job_id, document_id, type, code, lease_epoch, payload, correlation_id)
SELECT job_id, document_id, 'released', 'JOB_RELEASED', lease_epoch,
    jsonb_build_object('status', status, 'due_in_seconds', 0), correlation_id
FROM released
