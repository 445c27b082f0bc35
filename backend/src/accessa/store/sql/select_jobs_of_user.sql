-- $1 user, $2 job or document (null: all), $3 status (null: all), $4 most rows
SELECT j.job_id, j.document_id, j.correlation_id, d.filename, j.status, j.lane, j.progress, j.retry_count, j.crash_count,
    t.pages, t.pages_without_text,
    (SELECT s.chunks_total FROM upload_pipeline.chunk_sets s WHERE s.set_id = j.set_id) AS chunks,
    (SELECT count(*) FROM upload_pipeline.document_vector_buffer v
     WHERE v.set_id = j.set_id AND v.embed_model = j.embed_model AND v.embed_version = j.embed_version) AS vectors,
    (SELECT coalesce(sum(p.cost_usd), 0) FROM upload_pipeline.provider_calls p
     WHERE p.job_id = j.job_id AND p.state = 'recorded') AS cost_usd,
    extract(epoch FROM coalesce(j.processing_completed_at, clock_timestamp()) - j.created_at)::float8 AS duration_seconds,
    j.created_at, j.updated_at, j.available_at, j.processing_completed_at AS completed_at, j.last_error, j.retry_of
FROM upload_pipeline.upload_jobs j
JOIN upload_pipeline.documents d USING (document_id)
LEFT JOIN upload_pipeline.parsed_texts t ON t.document_id = j.document_id AND t.parsed_sha256 = j.parsed_sha256
WHERE j.user_id = $1 AND ($2::uuid IS NULL OR j.job_id = $2 OR j.document_id = $2) AND ($3::text IS NULL OR j.status = $3)
ORDER BY j.created_at DESC, j.job_id
LIMIT $4
