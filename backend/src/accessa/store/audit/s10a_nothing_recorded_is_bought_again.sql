-- $1 jobs (null: all): intents to buy what was recorded before
SELECT event_id::text
FROM (
    SELECT event_id, type, bool_or(type = 'paid_recorded') OVER (
        PARTITION BY job_id, payload ->> 'call_key' ORDER BY event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS recorded
    FROM upload_pipeline.events
    WHERE type IN ('paid_intent', 'paid_recorded') AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) purchases
WHERE recorded AND type = 'paid_intent'
