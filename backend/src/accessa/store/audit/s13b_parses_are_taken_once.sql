-- $1 jobs (null: all): jobs to which the result of a parse was applied more than once
SELECT job_id::text
FROM upload_pipeline.events
WHERE type = 'transition' AND (from_status, to_status) = ('parse_queued', 'parsed')
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
GROUP BY job_id
HAVING count(*) > 1
