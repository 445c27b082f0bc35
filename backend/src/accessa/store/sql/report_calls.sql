-- Calls to each provider that were intended in the last $1 seconds, what they measured, and for how many documents they were
SELECT provider, count(*) AS calls, coalesce(sum(tokens), 0)::bigint AS tokens,
    count(*) FILTER (WHERE state = 'failed') AS failed, count(DISTINCT document_id) AS documents,
    avg(extract(epoch FROM ended_at - intended_at)) FILTER (WHERE state = 'recorded')::float8 AS mean_seconds
FROM upload_pipeline.provider_calls
WHERE intended_at >= now() - make_interval(secs => $1)
GROUP BY provider
ORDER BY provider
