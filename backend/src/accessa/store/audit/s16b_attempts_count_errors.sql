-- $1 jobs (null: all): jobs whose attempts are not the number of their counted errors
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
LEFT JOIN upload_pipeline.events e
    ON e.job_id = j.job_id AND e.type = 'error' AND (e.payload ->> 'counted')::boolean
WHERE $1::uuid[] IS NULL OR j.job_id = ANY ($1)
GROUP BY j.job_id, j.retry_count
HAVING count(e.event_id) <> j.retry_count
