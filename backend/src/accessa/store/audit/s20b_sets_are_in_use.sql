-- $1 documents (null: all): sets that are not live and that no job of their document works on or has made
SELECT s.set_id::text
FROM upload_pipeline.chunk_sets s
LEFT JOIN upload_pipeline.documents d USING (document_id)
LEFT JOIN upload_pipeline.upload_jobs j ON j.document_id = s.document_id AND j.set_id = s.set_id
WHERE d.live_set_id IS DISTINCT FROM s.set_id AND j.job_id IS NULL
    AND ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
