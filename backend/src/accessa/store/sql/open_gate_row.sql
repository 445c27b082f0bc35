-- $1 provider, $2 requests a minute, $3 tokens a minute: our own limits, null where the provider's headers decide, which
-- the next answer tells; a limit of our own that was taken away must not stay.
INSERT INTO upload_pipeline.provider_gates
    (provider, requests_per_minute, requests_left, tokens_per_minute, tokens_left)
VALUES ($1, $2, $2, $3, $3)
ON CONFLICT (provider) DO UPDATE
SET requests_per_minute = excluded.requests_per_minute, tokens_per_minute = excluded.tokens_per_minute
