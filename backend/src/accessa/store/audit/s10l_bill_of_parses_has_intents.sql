-- $1 bill: parses that were billed beyond the number of those that were intended
WITH billed AS (
    SELECT DISTINCT b.request_id
    FROM jsonb_to_recordset($1::jsonb) b (kind text, request_id text)
    WHERE b.kind = 'parse'
), intended AS (
    SELECT count(*) AS calls FROM upload_pipeline.events WHERE type = 'paid_intent' AND code = 'PARSE_INTENDED'
)
SELECT b.request_id
FROM billed b
WHERE (SELECT count(*) FROM billed) > (SELECT calls FROM intended) AND NOT EXISTS (
    SELECT FROM upload_pipeline.parse_runs r WHERE r.provider_job_id = b.request_id
)
