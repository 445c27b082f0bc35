-- At rest: jobs that are leased to a worker which has stopped.
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
JOIN upload_pipeline.workers w ON w.worker_id = j.lease_owner
WHERE w.state = 'stopped'
