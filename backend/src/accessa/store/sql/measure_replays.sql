-- $1 jobs, $2 media types that need the parse provider, $3 parse provider, $4 options sha, $5 chunker name,
-- $6 chunker version, $7 embed model, $8 embed version, $9 embed provider: what is stored, and what is still to be bought.
-- Pages are null where neither a parse nor the inspection that refused the file has counted them.
SELECT j.job_id, j.document_id, j.lane, d.bytes_len, text.characters,
    CASE WHEN d.mime = ANY ($2::text[]) AND NOT EXISTS (
        SELECT FROM upload_pipeline.parse_runs p
        WHERE p.document_id = d.document_id AND p.provider = $3 AND p.options_sha = $4 AND p.result_path IS NOT NULL
    ) THEN coalesce(
        (SELECT max(p.pages_expected) FROM upload_pipeline.parse_runs p WHERE p.document_id = d.document_id), text.pages,
        (
            SELECT max((refused.last_error ->> 'pages')::integer)
            FROM upload_pipeline.upload_jobs refused
            WHERE refused.document_id = d.document_id
        )
    ) ELSE 0 END AS pages_to_parse,
    CASE WHEN chunks.chunks_total IS NOT NULL THEN (
        SELECT coalesce(sum(octet_length(c.text)), 0)
        FROM upload_pipeline.document_chunk_buffer c
        WHERE c.set_id = chunks.set_id AND NOT EXISTS (
            SELECT FROM upload_pipeline.document_vector_buffer v
            WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $7 AND v.embed_version = $8
                AND v.provider = $9
        )
    ) END AS bytes_to_embed
FROM upload_pipeline.upload_jobs j
JOIN upload_pipeline.documents d USING (document_id)
LEFT JOIN LATERAL (
    SELECT t.parsed_sha256, t.pages, t.characters
    FROM upload_pipeline.parsed_texts t
    WHERE t.document_id = d.document_id
    ORDER BY t.created_at DESC
    LIMIT 1
) text ON true
LEFT JOIN upload_pipeline.chunk_sets chunks
    ON chunks.document_id = d.document_id AND chunks.parsed_sha256 = text.parsed_sha256
    AND chunks.chunker_name = $5 AND chunks.chunker_version = $6
WHERE j.job_id = ANY ($1::uuid[])
