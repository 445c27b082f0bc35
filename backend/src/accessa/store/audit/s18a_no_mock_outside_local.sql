-- $1 documents (null: all): what a mock has made in a database that serves another environment than local
WITH mocks AS (
    SELECT provider
    FROM upload_pipeline.providers
    WHERE provider LIKE 'mock-%' AND (SELECT environment FROM upload_pipeline.deployment) <> 'local'
)
SELECT 'providers ' || provider FROM mocks
UNION ALL
SELECT 'documents ' || d.document_id
FROM upload_pipeline.documents d
JOIN mocks m ON m.provider = d.live_embed_provider
WHERE $1::uuid[] IS NULL OR d.document_id = ANY ($1)
