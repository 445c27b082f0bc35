-- $1 index, $2 most rows: live sets that it lacks. What somebody else is about to change or delete is left for later, as to
-- wait for it could hold up an ingestion.
INSERT INTO upload_pipeline.indexed_sets (index_id, set_id, document_id)
SELECT i.index_id, s.set_id, d.document_id
FROM upload_pipeline.search_indexes i
JOIN upload_pipeline.documents d
    ON d.user_id = i.user_id AND d.live_embed_model = i.embed_model AND d.live_embed_version = i.embed_version
    AND d.live_embed_provider = i.provider
JOIN upload_pipeline.chunk_sets s ON s.set_id = d.live_set_id
WHERE i.index_id = $1 AND NOT EXISTS (
    SELECT FROM upload_pipeline.indexed_sets known WHERE known.index_id = i.index_id AND known.set_id = s.set_id
)
LIMIT $2
FOR SHARE OF d, s SKIP LOCKED
