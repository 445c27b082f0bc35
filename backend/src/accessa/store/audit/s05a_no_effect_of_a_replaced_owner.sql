-- $1 jobs (null: all): what somebody did under an epoch after a later claim
SELECT event_id::text
FROM (
    SELECT event_id, lease_epoch, max(lease_epoch) FILTER (WHERE type = 'claimed') OVER (
        PARTITION BY job_id ORDER BY event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS claimed_since
    FROM upload_pipeline.events
    WHERE lease_epoch IS NOT NULL AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) effects
WHERE lease_epoch < claimed_since
