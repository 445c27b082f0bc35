-- $1 jobs (null: all): moves that the state machine does not know
SELECT e.event_id::text
FROM upload_pipeline.events e
LEFT JOIN upload_pipeline.status_moves m USING (from_status, to_status)
WHERE e.type = 'transition' AND m.from_status IS NULL AND ($1::uuid[] IS NULL OR e.job_id = ANY ($1))
