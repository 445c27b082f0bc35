-- $1 jobs (null: all): jobs that stand elsewhere than their last move has brought them
WITH last_moves AS (
    SELECT DISTINCT ON (job_id) job_id, to_status
    FROM upload_pipeline.events
    WHERE type = 'transition' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
    ORDER BY job_id, event_id DESC
)
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
LEFT JOIN last_moves m USING (job_id)
WHERE j.status <> coalesce(m.to_status, 'uploaded') AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
