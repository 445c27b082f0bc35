-- Jobs that are due for a worker, counted up to $1 of each of the priorities $2, and for how many seconds the first of them has
-- been. A job that waits at the gate of a provider is not due before the gate lets it through; one in hand is not due either.
SELECT coalesce(sum(level.jobs), 0)::bigint AS jobs,
    coalesce(extract(epoch FROM now() - min(level.first)), 0)::float8 AS oldest_seconds
FROM unnest($2::smallint[]) AS wanted (priority)
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs, min(due.available_at) AS first
    FROM (
        SELECT j.available_at FROM upload_pipeline.upload_jobs j
        WHERE j.waits_for = '' AND j.priority = wanted.priority AND j.due_at IS NOT NULL AND j.due_at <= now()
            AND j.available_at <= now()
        ORDER BY j.due_at
        LIMIT $1
    ) AS due
) AS level
