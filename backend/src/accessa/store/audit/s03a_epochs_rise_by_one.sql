-- $1 jobs (null: all): claims whose epoch is not the one after that of the claim before
SELECT event_id::text
FROM (
    SELECT event_id, lease_epoch, lag(lease_epoch, 1, 0::bigint) OVER (PARTITION BY job_id ORDER BY event_id) AS before
    FROM upload_pipeline.events
    WHERE type = 'claimed' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) claims
WHERE lease_epoch IS DISTINCT FROM before + 1
