-- $1 jobs (null: all): claims, moves and purchases after the move that ended the job
SELECT event_id::text
FROM (
    SELECT event_id, type, bool_or(
        type = 'transition' AND to_status IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    ) OVER (PARTITION BY job_id ORDER BY event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS has_ended
    FROM upload_pipeline.events
    WHERE type IN ('claimed', 'transition', 'paid_intent', 'paid_recorded') AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) effects
WHERE has_ended
