-- $1 documents (null: all): documents that no job has ever carried
SELECT d.document_id::text
FROM upload_pipeline.documents d
WHERE ($1::uuid[] IS NULL OR d.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.document_id = d.document_id)
