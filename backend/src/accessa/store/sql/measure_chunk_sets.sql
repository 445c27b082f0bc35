-- $1 document: its sets of chunks, the newest last, with the sizes of their chunks in characters; of the texts nothing else
SELECT s.set_id, s.chunker_name || '@' || s.chunker_version AS chunker, s.parsed_sha256, s.set_id = d.live_set_id AS live,
    s.chunks_total, count(c.chunk_id)::integer AS chunks, min(length(c.text)) AS shortest, max(length(c.text)) AS longest,
    round(avg(length(c.text)))::integer AS average, coalesce(sum(length(c.text)), 0)::bigint AS characters,
    min((c.meta ->> 'page')::integer) AS first_page, max((c.meta ->> 'page_end')::integer) AS last_page, s.created_at
FROM upload_pipeline.chunk_sets s
JOIN upload_pipeline.documents d USING (document_id)
LEFT JOIN upload_pipeline.document_chunk_buffer c USING (set_id)
WHERE s.document_id = $1
GROUP BY s.set_id, d.live_set_id
ORDER BY s.created_at, s.set_id
