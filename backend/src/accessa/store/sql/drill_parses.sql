-- $1 users: the parses that the provider has accepted
SELECT p.provider_job_id, p.document_id
FROM upload_pipeline.parse_runs p
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE j.user_id = ANY($1) AND p.provider_job_id IS NOT NULL
