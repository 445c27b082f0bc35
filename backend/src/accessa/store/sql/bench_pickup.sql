-- $1 user: jobs, those that nobody has claimed yet, those that have ended
SELECT count(*)::integer AS jobs, (count(*) FILTER (WHERE lease_epoch = 0))::integer AS unclaimed,
    count(processing_completed_at)::integer AS ended
FROM upload_pipeline.upload_jobs
WHERE user_id = $1
