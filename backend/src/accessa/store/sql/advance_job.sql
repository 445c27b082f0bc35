-- $1 job, $2 epoch, $3 owner, $4 status, $5 next status, $6 progress, $7 error, $8 parsed path, $9 parsed sha, $10 set
UPDATE upload_pipeline.upload_jobs
SET status = $5,
    progress = progress || $6,
    last_error = $7,
    parsed_path = coalesce($8, parsed_path),
    parsed_sha256 = coalesce($9, parsed_sha256),
    set_id = coalesce($10, set_id),
    crash_count = 0,
    attempts_in_row = 0,
    wait_count = 0,
    -- The lease was renewed from the start of this transaction, which may have taken long.
    available_at = available_at + (clock_timestamp() - now()),
    updated_at = now()
WHERE job_id = $1 AND lease_epoch = $2 AND lease_owner = $3 AND status = $4
RETURNING *
