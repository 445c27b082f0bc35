-- $1 jobs (null: all): calls that are booked on another user or document than those of their job
SELECT p.call_id::text
FROM upload_pipeline.provider_calls p
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE (p.user_id, p.document_id) <> (j.user_id, j.document_id) AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
