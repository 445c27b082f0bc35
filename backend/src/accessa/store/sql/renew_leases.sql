-- $1 jobs, $2 their epochs, $3 their owners, $4 lease in seconds
UPDATE upload_pipeline.upload_jobs j
SET available_at = now() + make_interval(secs => $4)
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) held (job_id, lease_epoch, lease_owner)
WHERE j.job_id = held.job_id AND j.lease_epoch = held.lease_epoch AND j.lease_owner = held.lease_owner
