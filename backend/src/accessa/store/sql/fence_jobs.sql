-- $1 jobs, $2 epochs, $3 owners, $4 statuses: locks the jobs that are still so, in one order for all who lock several, and
-- tells for how many seconds their leases still hold
SELECT j.job_id, extract(epoch FROM j.available_at - clock_timestamp())::float8 AS lease_left
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS held (job_id, lease_epoch, lease_owner, status)
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE j.lease_epoch = held.lease_epoch AND j.lease_owner = held.lease_owner AND j.status = held.status
ORDER BY j.job_id
FOR NO KEY UPDATE OF j
