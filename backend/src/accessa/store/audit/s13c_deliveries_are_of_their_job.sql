-- $1 jobs (null: all): accepted webhooks that are stored for the parse of another job, or not at all
SELECT e.event_id::text
FROM upload_pipeline.events e
JOIN upload_pipeline.upload_jobs j USING (job_id)
LEFT JOIN upload_pipeline.webhook_deliveries w ON w.delivery_key = e.payload ->> 'delivery_key'
LEFT JOIN upload_pipeline.parse_runs r USING (parse_id)
WHERE e.type = 'webhook_accepted' AND r.job_id IS DISTINCT FROM e.job_id
    AND ($1::uuid[] IS NULL OR e.job_id = ANY ($1))
