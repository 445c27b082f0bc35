-- $1 documents (null: all): sets in an index that are not what their document has live, or of another user or kind
SELECT s.set_id::text
FROM upload_pipeline.indexed_sets s
LEFT JOIN upload_pipeline.search_indexes i USING (index_id)
LEFT JOIN upload_pipeline.documents d ON d.document_id = s.document_id
WHERE ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
    AND (d.live_set_id, d.user_id, d.live_embed_model, d.live_embed_version, d.live_embed_provider)
        IS DISTINCT FROM (s.set_id, i.user_id, i.embed_model, i.embed_version, i.provider)
