-- $1 jobs (null: all), $2 the known codes: failed jobs without a known code and a sentence
SELECT job_id::text
FROM upload_pipeline.upload_jobs
WHERE status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
    AND (coalesce(last_error ->> 'message', '') = '' OR NOT coalesce(last_error ->> 'code' = ANY ($2::text[]), false))
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
