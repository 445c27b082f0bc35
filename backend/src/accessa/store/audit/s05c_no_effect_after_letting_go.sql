-- $1 jobs (null: all): what a holder did after it had let go of the job; a waiting job can be cancelled by its user
SELECT event_id::text
FROM (
    SELECT event_id, type, payload ->> 'code' AS cause, bool_or(type = 'released') OVER (
        PARTITION BY job_id, lease_epoch ORDER BY event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS let_go
    FROM upload_pipeline.events
    WHERE lease_epoch > 0 AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) effects
WHERE let_go AND type IN ('transition', 'paid_intent', 'paid_recorded', 'error', 'released')
    AND cause IS DISTINCT FROM 'JOB_CANCELLED'
