-- Jobs that are due for a worker, counted up to $1, and for how many seconds the first of them has been. $2 are the priorities.
-- A job that waits at the gate of a provider is not due before the gate lets it through; one in hand is not due either.
SELECT (
        SELECT count(*) FROM (
            SELECT FROM upload_pipeline.upload_jobs
            WHERE waits_for = '' AND due_at IS NOT NULL AND due_at <= now() AND available_at <= now()
            LIMIT $1
        ) AS counted
    ) AS jobs,
    coalesce((
        SELECT extract(epoch FROM now() - min(first.available_at))
        FROM unnest($2::smallint[]) AS levels (priority)
        CROSS JOIN LATERAL (
            SELECT j.available_at FROM upload_pipeline.upload_jobs j
            WHERE j.waits_for = '' AND j.priority = levels.priority AND j.due_at IS NOT NULL AND j.due_at <= now()
                AND j.available_at <= now()
            ORDER BY j.due_at
            LIMIT 1
        ) AS first
    ), 0)::float8 AS oldest_seconds
