-- $1 model, $2 version, $3 provider, $4 dimensions, $5 least vectors: users with as many, and no index
SELECT d.user_id
FROM upload_pipeline.documents d
JOIN upload_pipeline.chunk_sets s ON s.set_id = d.live_set_id
WHERE d.live_embed_model = $1 AND d.live_embed_version = $2 AND d.live_embed_provider = $3
    AND NOT EXISTS (
        SELECT FROM upload_pipeline.search_indexes i
        WHERE i.user_id = d.user_id AND i.embed_model = $1 AND i.embed_version = $2 AND i.provider = $3
            AND i.dimensions = $4
    )
GROUP BY d.user_id
HAVING sum(s.chunks_total) >= $5
ORDER BY sum(s.chunks_total) DESC
