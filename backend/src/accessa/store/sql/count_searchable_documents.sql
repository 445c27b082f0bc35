-- $1 user, $2 model, $3 version, $4 provider
SELECT count(*) FILTER (WHERE fits) AS searched, count(*) FILTER (WHERE NOT fits) AS skipped
FROM (
    SELECT live_embed_model = $2 AND live_embed_version = $3 AND live_embed_provider IS NOT DISTINCT FROM $4 AS fits
    FROM upload_pipeline.documents
    WHERE user_id = $1 AND live_set_id IS NOT NULL
) live
