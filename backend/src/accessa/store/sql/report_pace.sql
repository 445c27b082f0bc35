-- What the workers did in each ten seconds of the last $1 seconds: documents that became complete, `whole` those of them that had
-- come in the same span, and how many stood before the workers at its two ends; while the parse provider has a document, it
-- does not. `workers` wrote timings in that minute, or in the next. Jobs of user $2 do not count.
WITH job AS MATERIALIZED (
    SELECT j.created_at AS came, j.processing_completed_at AS ended, p.submitted_at AS sent,
        least(coalesce(p.notified_at, p.collected_at), j.processing_completed_at) AS answered
    FROM upload_pipeline.upload_jobs j
    LEFT JOIN upload_pipeline.parse_runs p ON p.job_id = j.job_id AND p.submitted_at IS NOT NULL
    WHERE j.processing_completed_at >= now() - make_interval(secs => $1) AND j.status = 'complete' AND j.user_id <> $2
), step AS (
    SELECT came AS moment, 1 AS standing, 0 AS completed, 0 AS whole FROM job
    UNION ALL
    SELECT ended, -1, 1, (came >= date_bin('10 s', ended, '2020-01-01 00:00:00+00'))::integer FROM job
    UNION ALL
    SELECT sent, -1, 0, 0 FROM job WHERE sent < answered
    UNION ALL
    SELECT answered, 1, 0, 0 FROM job WHERE sent < answered
), span AS (
    SELECT date_bin('10 s', moment, '2020-01-01 00:00:00+00') AS start, sum(standing) AS standing,
        sum(completed) AS completed, sum(whole) AS whole
    FROM step
    GROUP BY 1
), told AS (
    SELECT start, completed, whole, standing, sum(standing) OVER (ORDER BY start) AS standing_after FROM span
)
SELECT told.start, told.completed, told.whole, told.standing_after - told.standing AS standing_before,
    told.standing_after, coalesce(nullif(writing.now, 0), writing.next) AS workers
FROM told
CROSS JOIN LATERAL (
    SELECT count(DISTINCT worker_id) FILTER (WHERE minute = date_trunc('minute', told.start)) AS now,
        count(DISTINCT worker_id) FILTER (WHERE minute > date_trunc('minute', told.start)) AS next
    FROM upload_pipeline.stage_timings
    WHERE minute BETWEEN date_trunc('minute', told.start) AND date_trunc('minute', told.start) + interval '1 minute'
) writing
WHERE told.completed > 0 AND told.start + interval '10 s' <= now()
ORDER BY told.start
