-- The parse that job $1 asked for
SELECT provider, submitted_at, notified_at, polled_at, collected_at, polls, pages
FROM upload_pipeline.parse_runs
WHERE job_id = $1
