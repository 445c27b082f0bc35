-- $1 documents (null: all): live sets with vectors of another provider than they name, where no later job is at it
SELECT d.document_id::text
FROM upload_pipeline.documents d
WHERE d.live_set_id IS NOT NULL AND ($1::uuid[] IS NULL OR d.document_id = ANY ($1))
    AND EXISTS (
        SELECT FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = d.live_set_id AND v.embed_model = d.live_embed_model
            AND v.embed_version = d.live_embed_version AND v.provider <> coalesce(d.live_embed_provider, 'mock-unknown')
    )
    AND (
        SELECT j.status FROM upload_pipeline.upload_jobs j
        WHERE j.document_id = d.document_id
        ORDER BY j.created_at DESC
        LIMIT 1
    ) = 'complete'
