-- $1 documents (null: all): sets that are not live and that no job works on or has made
SELECT s.set_id::text
FROM upload_pipeline.chunk_sets s
WHERE ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.live_set_id = s.set_id)
    AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.set_id = s.set_id)
