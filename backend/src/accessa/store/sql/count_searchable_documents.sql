-- $1 user, $2 model, $3 version
SELECT count(*) FILTER (WHERE live_embed_model = $2 AND live_embed_version = $3) AS searched,
    count(*) FILTER (WHERE live_embed_model <> $2 OR live_embed_version <> $3) AS skipped
FROM upload_pipeline.documents
WHERE user_id = $1 AND live_set_id IS NOT NULL
