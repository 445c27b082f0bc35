-- $1 jobs (null: all), $2 the known codes: errors of the history under a code that nobody explains
SELECT event_id::text
FROM upload_pipeline.events
WHERE type = 'error' AND NOT code = ANY ($2::text[]) AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
