-- $1 documents (null: all): rows that name a maker who was never entered
SELECT 'chunk_sets ' || s.set_id
FROM upload_pipeline.chunk_sets s
WHERE ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.providers p WHERE p.provider = s.provider)
UNION ALL
SELECT 'documents ' || d.document_id
FROM upload_pipeline.documents d
WHERE d.live_embed_provider IS NOT NULL AND ($1::uuid[] IS NULL OR d.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.providers p WHERE p.provider = d.live_embed_provider)
UNION ALL
SELECT DISTINCT 'vectors of set ' || v.set_id
FROM upload_pipeline.document_vector_buffer v
WHERE ($1::uuid[] IS NULL OR v.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.providers p WHERE p.provider = v.provider)
UNION ALL
SELECT 'provider_calls ' || c.call_id
FROM upload_pipeline.provider_calls c
WHERE ($1::uuid[] IS NULL OR c.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.providers p WHERE p.provider = c.provider)
