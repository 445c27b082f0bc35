-- Calls to each provider that were intended in the last $1 seconds, what they measured, and for how many documents they were;
-- rows that share a call have one moment of intent
SELECT provider, count(DISTINCT intended_at) AS calls, coalesce(sum(tokens), 0)::bigint AS tokens,
    count(DISTINCT document_id) AS documents
FROM upload_pipeline.provider_calls
WHERE intended_at >= now() - make_interval(secs => $1)
GROUP BY provider
ORDER BY provider
