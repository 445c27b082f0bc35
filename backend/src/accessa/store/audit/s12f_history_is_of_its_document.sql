-- $1 jobs (null: all): events that are filed under another document than that of their job
SELECT e.event_id::text
FROM upload_pipeline.events e
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE e.document_id <> j.document_id AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
