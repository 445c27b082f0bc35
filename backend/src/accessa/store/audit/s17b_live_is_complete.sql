-- $1 documents (null: all): documents with a live set that no complete job has made
SELECT d.document_id::text
FROM upload_pipeline.documents d
WHERE d.live_set_id IS NOT NULL AND ($1::uuid[] IS NULL OR d.document_id = ANY ($1)) AND NOT EXISTS (
    SELECT FROM upload_pipeline.upload_jobs j
    WHERE j.document_id = d.document_id AND j.set_id = d.live_set_id AND j.status = 'complete'
)
