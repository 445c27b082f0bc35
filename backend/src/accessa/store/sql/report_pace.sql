-- Documents that became complete in each minute of the last $1 seconds, and how many workers worked in it; the present minute
-- is not over, so it does not count. Jobs of user $2 do not count either.
SELECT ended.minute, ended.completed, count(DISTINCT timing.worker_id) AS workers
FROM (
    SELECT date_trunc('minute', processing_completed_at) AS minute, count(*) AS completed
    FROM upload_pipeline.upload_jobs
    WHERE processing_completed_at >= now() - make_interval(secs => $1) AND status = 'complete' AND user_id <> $2
        AND processing_completed_at < date_trunc('minute', now())
    GROUP BY 1
) AS ended
JOIN upload_pipeline.stage_timings timing ON timing.minute = ended.minute
GROUP BY ended.minute, ended.completed
ORDER BY ended.minute
