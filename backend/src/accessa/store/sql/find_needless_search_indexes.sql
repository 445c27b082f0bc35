-- $1 least vectors (null: none are enough): indexes of users with fewer
SELECT i.index_id
FROM upload_pipeline.search_indexes i
WHERE $1::bigint IS NULL OR $1 > (
    SELECT coalesce(sum(s.chunks_total), 0)
    FROM upload_pipeline.documents d
    JOIN upload_pipeline.chunk_sets s ON s.set_id = d.live_set_id
    WHERE d.user_id = i.user_id AND d.live_embed_model = i.embed_model AND d.live_embed_version = i.embed_version
        AND d.live_embed_provider = i.provider
)
ORDER BY i.index_id
