-- $1 users: jobs, ended ones, complete ones
SELECT count(*)::integer AS jobs, count(processing_completed_at)::integer AS ended,
    (count(*) FILTER (WHERE status = 'complete'))::integer AS complete
FROM upload_pipeline.upload_jobs
WHERE user_id = ANY($1)
