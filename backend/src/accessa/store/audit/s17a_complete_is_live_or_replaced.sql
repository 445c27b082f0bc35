-- $1 documents (null: all): documents whose newest complete job has made another set than the live one
SELECT document_id::text
FROM (
    SELECT DISTINCT ON (document_id) document_id, set_id, embed_model, embed_version
    FROM upload_pipeline.upload_jobs
    WHERE status = 'complete' AND ($1::uuid[] IS NULL OR document_id = ANY ($1))
    ORDER BY document_id, processing_completed_at DESC, created_at DESC
) newest
JOIN upload_pipeline.documents d USING (document_id)
WHERE (d.live_set_id, d.live_embed_model, d.live_embed_version)
    IS DISTINCT FROM (newest.set_id, newest.embed_model, newest.embed_version)
