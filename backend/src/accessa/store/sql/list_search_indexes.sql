-- Every index: how many live vectors its user has, how many of them are copied, and how large the index is.
SELECT i.index_id, i.user_id, i.embed_model, i.embed_version, i.provider, i.dimensions,
    i.built_at IS NOT NULL AS built,
    coalesce(sum(s.chunks_total), 0)::bigint AS vectors,
    coalesce(sum(x.vectors), 0)::bigint AS copied,
    count(d.document_id) AS documents,
    count(*) FILTER (WHERE x.complete) AS documents_complete,
    coalesce(
        pg_total_relation_size(to_regclass('upload_pipeline.indexed_vectors_' || i.index_id)), 0
    ) AS bytes
FROM upload_pipeline.search_indexes i
LEFT JOIN upload_pipeline.documents d
    ON d.user_id = i.user_id AND d.live_embed_model = i.embed_model AND d.live_embed_version = i.embed_version
    AND d.live_embed_provider = i.provider
LEFT JOIN upload_pipeline.chunk_sets s ON s.set_id = d.live_set_id
LEFT JOIN upload_pipeline.indexed_sets x ON x.index_id = i.index_id AND x.set_id = d.live_set_id
GROUP BY i.index_id
ORDER BY i.index_id
