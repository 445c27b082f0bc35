-- $1 jobs (null: all): purchases that were recorded without having been intended before
SELECT event_id::text
FROM (
    SELECT event_id, type, bool_or(type = 'paid_intent') OVER (
        PARTITION BY job_id, payload ->> 'call_key' ORDER BY event_id
    ) AS intended
    FROM upload_pipeline.events
    WHERE type IN ('paid_intent', 'paid_recorded') AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) purchases
WHERE type = 'paid_recorded' AND NOT intended
