-- Jobs that ended in each of the last $1 minutes, the oldest minute first; a minute without any is there with zeros.
WITH ended AS MATERIALIZED (
    SELECT date_trunc('minute', job.processing_completed_at) AS minute,
        count(*) FILTER (WHERE job.status = 'complete') AS completed,
        count(*) FILTER (WHERE job.status <> 'complete') AS failed
    FROM upload_pipeline.upload_jobs AS job
    WHERE job.processing_completed_at >= date_trunc('minute', now()) - make_interval(mins => $1::integer - 1)
    GROUP BY 1
)
SELECT wanted.minute, coalesce(ended.completed, 0) AS completed, coalesce(ended.failed, 0) AS failed
FROM generate_series(
    date_trunc('minute', now()) - make_interval(mins => $1::integer - 1), date_trunc('minute', now()), interval '1 minute'
) AS wanted (minute)
LEFT JOIN ended ON ended.minute = wanted.minute
ORDER BY wanted.minute
