-- $1 jobs (null: all), $2 most crashes: jobs under way that should have been given up
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    -- The claim after the last crash that is allowed ends the job.
    AND (attempts_in_row >= max_attempts OR crash_count > $2 + (lease_owner IS NOT NULL)::integer)
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
