-- $1 jobs, $2 epochs, $3 owners, $4 statuses, $5 next statuses, $6 progresses, $7 errors, $8 parsed paths, $9 parsed shas,
-- $10 sets, $11 numbers of moves, $12 lease in seconds
UPDATE upload_pipeline.upload_jobs j
SET status = m.target,
    steps_at_once = nullif(m.steps, 1),
    progress = j.progress || m.progress,
    last_error = m.error,
    parsed_path = coalesce(m.parsed_path, j.parsed_path),
    parsed_sha256 = coalesce(m.parsed_sha256, j.parsed_sha256),
    set_id = coalesce(m.set_id, j.set_id),
    crash_count = 0,
    attempts_in_row = 0,
    wait_count = 0,
    -- From the clock: this transaction may have taken long.
    available_at = clock_timestamp() + make_interval(secs => $12),
    updated_at = now()
FROM unnest(
    $1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::text[], $9::text[],
    $10::uuid[], $11::smallint[]
) AS m (job_id, lease_epoch, lease_owner, source, target, progress, error, parsed_path, parsed_sha256, set_id, steps)
WHERE j.job_id = m.job_id AND j.lease_epoch = m.lease_epoch AND j.lease_owner = m.lease_owner AND j.status = m.source
RETURNING j.job_id, j.parsed_path, j.parsed_sha256, j.set_id, j.progress
