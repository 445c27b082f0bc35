-- $1 jobs (null: all): jobs and events with what looks like a key, a token, or an address with a password
SELECT 'job ' || job_id
FROM upload_pipeline.upload_jobs
WHERE last_error::text ~ '\m(sk-[A-Za-z0-9_-]{8}|llx-|eyJ[A-Za-z0-9_-]{10}|postgres(ql)?://|FIXTURE-SENTINEL)'
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
UNION ALL
SELECT 'event ' || event_id
FROM upload_pipeline.events
WHERE payload::text ~ '\m(sk-[A-Za-z0-9_-]{8}|llx-|eyJ[A-Za-z0-9_-]{10}|postgres(ql)?://|FIXTURE-SENTINEL)'
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
