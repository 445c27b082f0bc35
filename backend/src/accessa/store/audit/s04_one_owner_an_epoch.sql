-- $1 jobs (null: all): jobs that were claimed twice under one epoch
SELECT job_id::text
FROM upload_pipeline.events
WHERE type = 'claimed' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
GROUP BY job_id, lease_epoch
HAVING count(*) > 1
