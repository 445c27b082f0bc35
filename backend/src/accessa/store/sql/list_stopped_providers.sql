-- A probe that nobody has made for an hour is one that nobody needs: the provider is used no more, or nothing waits for it.
SELECT provider, reason AS code, extract(epoch FROM clock_timestamp() - opened_at)::float8 AS seconds
FROM upload_pipeline.provider_gates
WHERE state <> 'closed' AND probe_at > clock_timestamp() - interval '1 hour'
ORDER BY opened_at
