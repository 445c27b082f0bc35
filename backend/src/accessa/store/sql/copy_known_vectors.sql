-- $1 sets, $2 their users, $3 model, $4 version, $5 provider: chunks whose text the same owner has already paid for take that
-- vector; returns how many of each set did.
-- LIMIT and OFFSET keep the look-ups in the order written, each by its index: right after a load the statistics are wrong.
WITH lacking AS MATERIALIZED (
    SELECT c.set_id, c.chunk_id, c.document_id, c.chunk_sha, wanted.user_id
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (set_id, user_id)
    CROSS JOIN LATERAL (
        SELECT c.set_id, c.chunk_id, c.document_id, c.chunk_sha
        FROM upload_pipeline.document_chunk_buffer c
        WHERE c.set_id = wanted.set_id
        OFFSET 0
    ) c
    LEFT JOIN LATERAL (
        SELECT true AS there FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = $3 AND v.embed_version = $4
            AND v.provider = $5
        LIMIT 1
    ) v ON true
    WHERE v.there IS NULL
), copied AS (
    INSERT INTO upload_pipeline.document_vector_buffer
        (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
    SELECT l.set_id, l.chunk_id, $3, $4, l.document_id, known.vector, known.vector_sha, $5
    FROM lacking l
    CROSS JOIN LATERAL (
        SELECT bought.vector, bought.vector_sha
        FROM (
            SELECT * FROM (
                SELECT c.set_id, c.chunk_id, c.document_id
                FROM upload_pipeline.document_chunk_buffer c
                WHERE c.chunk_sha = l.chunk_sha AND c.user_id = l.user_id
                    AND (c.set_id, c.chunk_id) <> (l.set_id, l.chunk_id)
                OFFSET 0
            ) of_the_user
            UNION ALL
            SELECT * FROM (
                SELECT c.set_id, c.chunk_id, c.document_id
                FROM upload_pipeline.document_chunk_buffer c
                WHERE c.chunk_sha = l.chunk_sha AND c.user_id IS NULL
                    AND (c.set_id, c.chunk_id) <> (l.set_id, l.chunk_id)
                OFFSET 0
            ) of_anybody
        ) same_text
        CROSS JOIN LATERAL (
            SELECT v.vector, v.vector_sha
            FROM upload_pipeline.document_vector_buffer v
            WHERE v.set_id = same_text.set_id AND v.chunk_id = same_text.chunk_id
                AND v.embed_model = $3 AND v.embed_version = $4 AND v.provider = $5
            OFFSET 0
        ) bought
        WHERE (SELECT d.user_id FROM upload_pipeline.documents d WHERE d.document_id = same_text.document_id) = l.user_id
        LIMIT 1
    ) known
    ON CONFLICT (set_id, chunk_id, embed_model, embed_version) DO UPDATE
    SET vector = excluded.vector, vector_sha = excluded.vector_sha, provider = excluded.provider
    WHERE document_vector_buffer.provider <> excluded.provider
    RETURNING set_id
)
SELECT set_id, count(*) AS vectors FROM copied GROUP BY set_id
