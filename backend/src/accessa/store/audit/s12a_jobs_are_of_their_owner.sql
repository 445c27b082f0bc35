-- $1 jobs (null: all): jobs of another user than their document, or that retry a job of another document
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
JOIN upload_pipeline.documents d USING (document_id)
LEFT JOIN upload_pipeline.upload_jobs r ON r.job_id = j.retry_of
WHERE (j.user_id <> d.user_id OR r.document_id <> j.document_id OR r.user_id <> j.user_id)
    AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
