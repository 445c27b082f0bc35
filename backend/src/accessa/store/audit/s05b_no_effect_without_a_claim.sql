-- $1 jobs (null: all): what somebody did under an epoch that nobody had claimed; epoch 0 is nobody's
SELECT event_id::text
FROM (
    SELECT event_id, type, lease_epoch, max(lease_epoch) FILTER (WHERE type = 'claimed') OVER (
        PARTITION BY job_id ORDER BY event_id
    ) AS claimed_so_far
    FROM upload_pipeline.events
    WHERE lease_epoch > 0 AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) effects
WHERE type <> 'claimed' AND lease_epoch > coalesce(claimed_so_far, 0)
