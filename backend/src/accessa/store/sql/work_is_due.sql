-- Whether a worker has a job in hand, or could take one now. The order leads to the index, where jobs that ended are not.
SELECT coalesce(
    (SELECT true FROM upload_pipeline.upload_jobs WHERE lease_owner IS NOT NULL ORDER BY lease_owner LIMIT 1),
    (
        SELECT true FROM upload_pipeline.upload_jobs
        WHERE waits_for = '' AND due_at <= now() AND available_at <= now()
        ORDER BY priority DESC, due_at
        LIMIT 1
    ),
    false
)
