-- The $1 unfinished jobs that have been here longest; goes through all of them. `held_by` is the worker that has one in hand.
SELECT job_id, document_id, status, created_at,
    CASE WHEN available_at > now() THEN lease_owner END AS held_by, attempts_in_row AS attempts, crash_count AS crashes,
    coalesce(last_error ->> 'code', '') AS code
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at IS NULL
ORDER BY created_at, job_id
LIMIT $1
