-- $1 user, $2 job
SELECT e.event_id, e.ts, e.type, e.severity, e.code, e.from_status, e.to_status, e.payload, e.correlation_id
FROM upload_pipeline.events e
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE j.user_id = $1 AND j.job_id = $2
ORDER BY e.event_id
