-- $1 documents (null: all): closed sets in which a chunk is missing, is too many, or has a wrong place
SELECT s.set_id::text
FROM upload_pipeline.chunk_sets s
LEFT JOIN upload_pipeline.document_chunk_buffer c USING (set_id)
WHERE s.chunks_total IS NOT NULL AND ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
GROUP BY s.set_id, s.chunks_total
HAVING count(c.chunk_id) <> s.chunks_total OR min(c.chunk_ord) <> 0 OR max(c.chunk_ord) <> s.chunks_total - 1
    OR count(DISTINCT c.chunk_ord) <> s.chunks_total
