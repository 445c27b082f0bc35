-- $1 user, $2 document (null: all), $3 most rows
SELECT d.document_id, d.filename, d.mime, d.bytes_len, d.file_sha256, d.created_at, d.live_set_id IS NOT NULL AS live,
    j.job_id, j.status, j.last_error, t.pages, t.pages_without_text,
    (SELECT s.chunks_total FROM upload_pipeline.chunk_sets s WHERE s.set_id = coalesce(d.live_set_id, j.set_id)) AS chunks,
    (SELECT count(*) FROM upload_pipeline.document_vector_buffer v
     WHERE v.set_id = coalesce(d.live_set_id, j.set_id) AND v.embed_model = coalesce(d.live_embed_model, j.embed_model)
        AND v.embed_version = coalesce(d.live_embed_version, j.embed_version)) AS vectors,
    spent.cost_usd, spent.unsure_usd
FROM upload_pipeline.documents d
LEFT JOIN LATERAL (
    SELECT * FROM upload_pipeline.upload_jobs j
    WHERE j.document_id = d.document_id
    ORDER BY j.created_at DESC
    LIMIT 1
) j ON true
LEFT JOIN upload_pipeline.parsed_texts t
    ON t.document_id = d.document_id AND t.parsed_sha256 = coalesce(d.parsed_sha256, j.parsed_sha256)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.cost_usd) FILTER (WHERE p.state = 'recorded'), 0) AS cost_usd,
        coalesce(sum(p.estimated_usd) FILTER (WHERE p.state IN ('intended', 'abandoned')), 0) AS unsure_usd
    FROM upload_pipeline.provider_calls p
    WHERE p.document_id = d.document_id AND p.intended_at >= d.created_at
) spent
WHERE d.user_id = $1 AND ($2::uuid IS NULL OR d.document_id = $2)
ORDER BY d.created_at DESC, d.document_id
LIMIT $3
