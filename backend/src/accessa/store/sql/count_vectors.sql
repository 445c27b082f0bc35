-- $1 sets, $2 model, $3 version, $4 provider; a set without any is left out
-- OFFSET keeps to the look-up by set: right after a load the statistics are wrong.
SELECT wanted.set_id, stored.vectors
FROM unnest($1::uuid[]) AS wanted (set_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS vectors
    FROM (
        SELECT FROM upload_pipeline.document_vector_buffer v
        WHERE v.set_id = wanted.set_id AND v.embed_model = $2 AND v.embed_version = $3 AND v.provider = $4
        OFFSET 0
    ) v
) stored
WHERE stored.vectors > 0
