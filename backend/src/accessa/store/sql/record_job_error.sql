-- $1 job, $2 epoch, $3 whether it counts as an attempt, $4 error; returns the attempts since it last got further
WITH failed AS (
    UPDATE upload_pipeline.upload_jobs
    SET retry_count = retry_count + $3::boolean::integer,
        attempts_in_row = attempts_in_row + $3::boolean::integer,
        wait_count = wait_count + 1,
        last_error = $4,
        crash_count = 0,
        updated_at = now()
    WHERE job_id = $1 AND lease_epoch = $2
    RETURNING *
), recorded AS (
    INSERT INTO upload_pipeline.events
        (job_id, document_id, type, severity, code, lease_epoch, payload, correlation_id)
    SELECT job_id, document_id, 'error', CASE WHEN $3::boolean THEN 'error' ELSE 'warn' END, $4::jsonb ->> 'code',
        lease_epoch, jsonb_build_object(
            'counted', $3::boolean, 'stage', status, 'message', $4::jsonb -> 'message', 'attempts', attempts_in_row,
            'max_attempts', max_attempts
        ), correlation_id
    FROM failed
)
SELECT attempts_in_row FROM failed
