SELECT provider, reason AS code, extract(epoch FROM clock_timestamp() - opened_at)::float8 AS seconds
FROM upload_pipeline.provider_gates
WHERE state <> 'closed'
ORDER BY opened_at
