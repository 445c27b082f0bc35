-- $1 jobs (null: all): legal moves that are recorded under another code than the machine has for them
SELECT e.event_id::text
FROM upload_pipeline.events e
JOIN upload_pipeline.status_moves m USING (from_status, to_status)
WHERE e.type = 'transition' AND e.code <> m.event_code AND ($1::uuid[] IS NULL OR e.job_id = ANY ($1))
