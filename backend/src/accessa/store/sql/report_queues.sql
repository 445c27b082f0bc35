-- Unfinished jobs by status, and those of them that nobody has in hand and that could go on at once
SELECT status, count(*) AS jobs, count(*) FILTER (WHERE lease_owner IS NULL AND available_at <= now()) AS waiting
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at IS NULL AND user_id <> $1
GROUP BY status
