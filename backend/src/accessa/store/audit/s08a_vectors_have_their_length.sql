-- $1 documents (null: all): vectors that are zero or not finite, and those of OpenAI whose length is not one
SELECT set_id || '/' || chunk_id
FROM (
    SELECT set_id, chunk_id, provider, vector_norm(vector) AS length
    FROM upload_pipeline.document_vector_buffer
    WHERE $1::uuid[] IS NULL OR document_id = ANY ($1)
) measured
WHERE NOT (length > 0 AND length < 'Infinity')
    OR (provider IN ('openai', 'openai-eu', 'mock-openai') AND abs(length - 1) > 0.01)
