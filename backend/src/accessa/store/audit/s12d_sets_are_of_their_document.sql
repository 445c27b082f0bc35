-- $1 documents (null: all): documents whose live set, and jobs whose set or parse, belong to another document
SELECT 'documents ' || d.document_id
FROM upload_pipeline.documents d
JOIN upload_pipeline.chunk_sets s ON s.set_id = d.live_set_id
WHERE s.document_id <> d.document_id AND ($1::uuid[] IS NULL OR d.document_id = ANY ($1))
UNION ALL
SELECT 'upload_jobs ' || j.job_id
FROM upload_pipeline.upload_jobs j
LEFT JOIN upload_pipeline.chunk_sets s USING (set_id)
LEFT JOIN upload_pipeline.parse_runs r USING (job_id)
WHERE (s.document_id <> j.document_id OR r.document_id <> j.document_id)
    AND ($1::uuid[] IS NULL OR j.document_id = ANY ($1))
