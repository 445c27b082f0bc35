-- $1 provider, $2 requests a minute, $3 tokens a minute: our own limits, null where the provider's headers decide
INSERT INTO upload_pipeline.provider_gates
    (provider, requests_per_minute, requests_left, tokens_per_minute, tokens_left)
VALUES ($1, $2, $2, $3, $3)
ON CONFLICT (provider) DO UPDATE
SET requests_per_minute = coalesce($2, provider_gates.requests_per_minute),
    tokens_per_minute = coalesce($3, provider_gates.tokens_per_minute)
