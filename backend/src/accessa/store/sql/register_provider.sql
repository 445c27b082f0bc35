-- $1 provider: entered once, under the environment of the database, which refuses a mock outside `local`
WITH entered AS (
    INSERT INTO upload_pipeline.providers (provider, environment)
    SELECT $1, environment FROM upload_pipeline.deployment
    ON CONFLICT DO NOTHING
    RETURNING provider
)
SELECT provider FROM entered
