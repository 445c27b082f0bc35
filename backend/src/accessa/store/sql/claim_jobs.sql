-- $1 owner, $2 lease in seconds, $3 most jobs
WITH due AS MATERIALIZED (
    SELECT job_id, lease_owner AS last_owner
    FROM upload_pipeline.upload_jobs
    WHERE status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding') AND available_at <= now()
    ORDER BY priority DESC, available_at
    LIMIT $3
    FOR NO KEY UPDATE SKIP LOCKED
), claimed AS (
    UPDATE upload_pipeline.upload_jobs j
    SET lease_owner = $1,
        lease_epoch = j.lease_epoch + 1,
        available_at = now() + make_interval(secs => $2),
        crash_count = j.crash_count + (due.last_owner IS NOT NULL)::integer,
        updated_at = now()
    FROM due
    WHERE j.job_id = due.job_id
    RETURNING j.*, due.last_owner
), recorded AS (
    INSERT INTO upload_pipeline.events (job_id, document_id, type, severity, code, lease_epoch, payload, correlation_id)
    SELECT job_id, document_id, 'claimed', CASE WHEN last_owner IS NULL THEN 'info' ELSE 'warn' END,
        CASE WHEN last_owner IS NULL THEN 'JOB_CLAIMED' ELSE 'LEASE_EXPIRED' END,
        lease_epoch, jsonb_build_object('worker', $1::text), correlation_id
    FROM claimed
)
SELECT c.*, d.mime, d.bytes_len, d.file_sha256
FROM claimed c
JOIN upload_pipeline.documents d USING (document_id)
ORDER BY c.priority DESC, c.created_at
