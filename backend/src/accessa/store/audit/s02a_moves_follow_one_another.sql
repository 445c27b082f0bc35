-- $1 jobs (null: all): moves that do not begin where the move before has ended
SELECT event_id::text
FROM (
    SELECT event_id, from_status, lag(to_status, 1, 'uploaded') OVER (PARTITION BY job_id ORDER BY event_id) AS stood
    FROM upload_pipeline.events
    WHERE type = 'transition' AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
) moves
WHERE from_status IS DISTINCT FROM stood
