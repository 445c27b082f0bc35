-- How long documents took that came in the last $1 seconds, by class of size: $2 are the bytes at which classes begin, $3 the
-- seconds promised for each. $4 are codes that are the file's own fault. Jobs of user $5 do not count.
-- `overdue` are on their way for longer than promised; `own_fault` ended for what the file is, or because somebody wished it.
SELECT size.class,
    count(*) FILTER (WHERE job.status = 'complete') AS completed,
    count(*) FILTER (WHERE job.status = 'complete' AND took.seconds <= size.promised) AS in_time,
    count(*) FILTER (WHERE job.failed AND job.code = ANY ($4)) AS own_fault,
    count(*) FILTER (WHERE job.failed AND job.code <> ALL ($4)) AS failed,
    count(*) FILTER (WHERE job.completed_at IS NULL AND took.seconds > size.promised) AS overdue,
    count(*) FILTER (WHERE job.completed_at IS NULL AND took.seconds <= size.promised) AS under_way,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY took.seconds) FILTER (WHERE job.status = 'complete')::float8 AS p50_seconds,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY took.seconds) FILTER (WHERE job.status = 'complete')::float8 AS p95_seconds
FROM unnest($2::bigint[], $3::float8[]) WITH ORDINALITY AS size (from_bytes, promised, class)
JOIN (
    SELECT j.status, j.created_at, j.processing_completed_at AS completed_at, d.bytes_len,
        j.status IN ('failed_parse', 'failed_chunking', 'failed_embedding') AS failed,
        coalesce(j.last_error ->> 'code', 'INTERNAL') AS code
    FROM upload_pipeline.upload_jobs j
    JOIN upload_pipeline.documents d USING (document_id)
    WHERE j.created_at >= now() - make_interval(secs => $1) AND j.user_id <> $5
) AS job ON width_bucket(job.bytes_len, $2::bigint[]) = size.class
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM coalesce(job.completed_at, now()) - job.created_at)::float8 AS seconds
) AS took
GROUP BY size.class
ORDER BY size.class
