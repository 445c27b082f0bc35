-- Unfinished jobs by status: how many, the age of the oldest in seconds, and how many stand still: older than $1 seconds and in
-- nobody's hands, or in hand without a step forward for $2 seconds. Those that wait on purpose do not: for a budget, at the gate of
-- a provider, for an order of the bulk lane, or for a parse of which nothing is told yet. Goes through all of them.
SELECT status, count(*) AS jobs, extract(epoch FROM now() - min(created_at))::float8 AS oldest_seconds,
    count(*) FILTER (
        WHERE created_at < now() - make_interval(secs => $1)
            AND (lease_owner IS NULL OR available_at <= now() OR updated_at < now() - make_interval(secs => $2))
            AND waits_for = ''
            AND last_error ->> 'code' IS DISTINCT FROM 'BUDGET_REACHED'
            AND NOT (lane = 'bulk' AND status = 'embedding_in_progress')
            AND NOT (
                status = 'parse_queued'
                AND EXISTS (
                    SELECT FROM upload_pipeline.parse_runs run
                    WHERE run.job_id = upload_jobs.job_id AND run.submitted_at IS NOT NULL
                        AND run.notified_at IS NULL AND run.collected_at IS NULL
                )
            )
    ) AS standing
FROM upload_pipeline.upload_jobs
WHERE processing_completed_at IS NULL
GROUP BY status
