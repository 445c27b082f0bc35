-- $1 documents (null: all): documents with several jobs under way
SELECT document_id::text
FROM upload_pipeline.upload_jobs
WHERE status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    AND ($1::uuid[] IS NULL OR document_id = ANY ($1))
GROUP BY document_id
HAVING count(*) > 1
