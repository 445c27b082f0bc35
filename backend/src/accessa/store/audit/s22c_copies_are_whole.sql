-- $1 documents (null: all): sets that do not have as many copies as they say, or count as complete and lack some; and
-- copies whose set has no row
SELECT s.set_id::text
FROM upload_pipeline.indexed_sets s
JOIN upload_pipeline.search_indexes i USING (index_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS copies
    FROM upload_pipeline.indexed_vectors x
    WHERE x.index_id = s.index_id AND x.set_id = s.set_id
) held
WHERE ($1::uuid[] IS NULL OR s.document_id = ANY ($1))
    AND (
        s.vectors <> held.copies
        OR s.complete AND held.copies <> (
            SELECT count(*)
            FROM upload_pipeline.document_vector_buffer v
            WHERE v.set_id = s.set_id AND v.embed_model = i.embed_model AND v.embed_version = i.embed_version
                AND v.provider = i.provider AND vector_dims(v.vector) = i.dimensions
        )
    )
UNION ALL
SELECT DISTINCT x.set_id::text
FROM upload_pipeline.indexed_vectors x
WHERE $1::uuid[] IS NULL AND NOT EXISTS (
    SELECT FROM upload_pipeline.indexed_sets s WHERE s.index_id = x.index_id AND s.set_id = x.set_id
)
