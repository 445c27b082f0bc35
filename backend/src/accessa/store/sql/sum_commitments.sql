-- $1 document, $2 user, $3 whether the user's day is asked for, $4 whether that of all users is.
-- What is spent, and what may be: open intents, and calls of which nobody knows whether they were billed.
SELECT (
        SELECT coalesce(sum(CASE c.state WHEN 'recorded' THEN c.cost_usd WHEN 'failed' THEN 0 ELSE c.estimated_usd END), 0)
        FROM upload_pipeline.provider_calls c
        JOIN upload_pipeline.documents d USING (document_id)
        WHERE c.document_id = $1 AND c.intended_at >= d.created_at
    ) AS document_usd,
    CASE WHEN $3::boolean THEN (
        SELECT coalesce(sum(CASE c.state WHEN 'recorded' THEN c.cost_usd WHEN 'failed' THEN 0 ELSE c.estimated_usd END), 0)
        FROM upload_pipeline.provider_calls c
        WHERE c.user_id = $2 AND c.intended_at >= date_trunc('day', now(), 'UTC')
    ) ELSE 0 END AS user_day_usd,
    CASE WHEN $4::boolean THEN (
        SELECT coalesce(sum(CASE c.state WHEN 'recorded' THEN c.cost_usd WHEN 'failed' THEN 0 ELSE c.estimated_usd END), 0)
        FROM upload_pipeline.provider_calls c
        WHERE c.intended_at >= date_trunc('day', now(), 'UTC')
    ) ELSE 0 END AS day_usd,
    extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '1 day' - now())::float8 AS day_ends_in_seconds
