-- $1 providers: how many of them have a gate
SELECT count(*) FROM upload_pipeline.provider_gates WHERE provider = ANY ($1)
