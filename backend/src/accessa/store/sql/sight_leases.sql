-- Jobs in hand; the longest that one was held without a step forward; the longest that a lease has run out and nobody took over.
SELECT count(*) FILTER (WHERE available_at > now()) AS held,
    coalesce(
        extract(epoch FROM now() - min(updated_at) FILTER (WHERE available_at > now())), 0
    )::float8 AS held_seconds,
    greatest(0, coalesce(
        extract(epoch FROM now() - min(available_at) FILTER (WHERE available_at <= now())), 0
    ))::float8 AS overdue_seconds
FROM upload_pipeline.upload_jobs
WHERE lease_owner IS NOT NULL AND processing_completed_at IS NULL
