-- $1 job
SELECT parse_id, provider, options_sha, call_key, locator, provider_file_id, provider_job_id, polls, pages_expected,
    notified_at IS NOT NULL AND notified_at > coalesce(polled_at, '-infinity') AS notified,
    extract(epoch FROM deadline_at - clock_timestamp())::float8 AS seconds_left,
    extract(epoch FROM clock_timestamp() - submitted_at)::float8 AS seconds_since_submit
FROM upload_pipeline.parse_runs
WHERE job_id = $1
