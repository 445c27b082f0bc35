-- $1 user, $2 code (null: all), $3 most groups, $4 sample jobs of each, any of them:
-- to have them in an order, Postgres would sort all
-- A dead letter is a failed job that no newer one of its document follows.
WITH dead AS (
    SELECT j.job_id, j.processing_completed_at AS failed_at, j.last_error ->> 'code' AS code,
        coalesce(j.last_error ->> 'stage', j.status) AS stage, coalesce(j.last_error ->> 'cause', '') AS cause
    FROM upload_pipeline.upload_jobs j
    WHERE j.user_id = $1 AND j.status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
        AND j.processing_completed_at IS NOT NULL AND j.last_error IS NOT NULL
        AND ($2::text IS NULL OR j.last_error ->> 'code' = $2)
        AND NOT EXISTS (
            SELECT FROM upload_pipeline.upload_jobs later
            WHERE later.document_id = j.document_id AND later.created_at > j.created_at
        )
)
SELECT code, stage, cause, count(*) AS documents, min(failed_at) AS first_failed_at, max(failed_at) AS last_failed_at,
    (array_agg(job_id))[:$4] AS samples,
    (sum(count(*)) OVER ())::bigint AS documents_of_all
FROM dead
GROUP BY code, stage, cause
ORDER BY count(*) DESC, code, stage, cause
LIMIT $3
