-- $1 users: what tells who held a job, and until when
SELECT e.job_id, e.event_id, extract(epoch FROM e.ts)::double precision AS at, e.type, e.to_status, e.lease_epoch,
    e.payload ->> 'worker' AS worker_id
FROM upload_pipeline.events e
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE j.user_id = ANY($1) AND e.type IN ('claimed', 'released', 'transition', 'paid_recorded', 'error')
ORDER BY e.job_id, e.event_id
