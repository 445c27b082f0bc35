-- $1 users: the workers that hold jobs of theirs now, and the most crashes that one of these has been through
SELECT lease_owner AS worker_id, count(*)::integer AS jobs, max(crash_count) AS crashes
FROM upload_pipeline.upload_jobs
WHERE user_id = ANY($1) AND lease_owner IS NOT NULL
GROUP BY lease_owner
