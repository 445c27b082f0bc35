-- Jobs in hand by worker and status, and since when the one is held that has gone without a step forward longest
SELECT lease_owner AS worker_id, status, count(*) AS jobs,
    extract(epoch FROM now() - min(updated_at))::float8 AS longest_seconds
FROM upload_pipeline.upload_jobs
WHERE lease_owner IS NOT NULL AND processing_completed_at IS NULL AND available_at > now()
GROUP BY lease_owner, status
ORDER BY lease_owner, status
