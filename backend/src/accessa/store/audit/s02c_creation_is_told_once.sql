-- $1 jobs (null: all): jobs whose creation is told never, or more than once
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
LEFT JOIN upload_pipeline.events e ON e.job_id = j.job_id AND e.type = 'created'
WHERE $1::uuid[] IS NULL OR j.job_id = ANY ($1)
GROUP BY j.job_id
HAVING count(e.event_id) <> 1
