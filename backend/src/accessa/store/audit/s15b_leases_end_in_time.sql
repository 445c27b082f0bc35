-- $1 jobs (null: all), $2 lease in seconds: leases that end later than a lease can
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE lease_owner IS NOT NULL AND available_at > clock_timestamp() + make_interval(secs => $2)
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
