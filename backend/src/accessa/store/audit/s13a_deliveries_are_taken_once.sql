-- $1 jobs (null: all): webhook deliveries that were taken in more than once
SELECT payload ->> 'delivery_key'
FROM upload_pipeline.events
WHERE type = 'webhook_accepted' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
GROUP BY payload ->> 'delivery_key'
HAVING count(*) > 1
