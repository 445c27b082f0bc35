-- $1 seconds: the jobs with an event in that time, each with its document
SELECT DISTINCT job_id, document_id
FROM upload_pipeline.events
WHERE ts >= now() - make_interval(secs => $1)
