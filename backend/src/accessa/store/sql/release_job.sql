-- $1 job, $2 epoch, $3 seconds until it is due again, $4 event code; a webhook not yet looked at makes it due at once
WITH released AS (
    UPDATE upload_pipeline.upload_jobs j
    SET lease_owner = NULL,
        -- Who lets go of a job has survived it, unless it was never begun.
        crash_count = CASE WHEN j.set_aside THEN j.crash_count ELSE 0 END,
        available_at = CASE
            WHEN j.status = 'parse_queued' AND EXISTS (
                SELECT FROM upload_pipeline.parse_runs p
                WHERE p.job_id = j.job_id AND p.notified_at > coalesce(p.polled_at, '-infinity')
            ) THEN now()
            ELSE now() + make_interval(secs => $3)
        END,
        updated_at = now()
    WHERE j.job_id = $1 AND j.lease_epoch = $2
    RETURNING j.*
)
INSERT INTO upload_pipeline.events (job_id, document_id, type, code, lease_epoch, payload, correlation_id)
SELECT job_id, document_id, 'released', $4, lease_epoch,
    jsonb_build_object('status', status, 'due_in_seconds', round($3::numeric, 1)) || CASE $4
        WHEN 'RETRY_SCHEDULED' THEN
            jsonb_build_object('due_at', available_at, 'attempt', attempts_in_row + 1, 'max_attempts', max_attempts)
        ELSE '{}'
    END, correlation_id
FROM released
