-- $1 locator; the job row is locked so that a release cannot miss the delivery
SELECT p.parse_id, j.job_id, j.document_id, j.correlation_id, j.trace_context, j.status, p.provider_job_id, p.provider
FROM upload_pipeline.parse_runs p
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE p.locator = $1
FOR NO KEY UPDATE OF j
