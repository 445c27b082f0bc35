-- Failed jobs of all users by what they have in common, the largest group first, up to $1 groups with $2 sample jobs each.
-- Only those that no newer job of their document follows, and of these no more than $3, any of them.
WITH dead AS (
    SELECT j.job_id, j.user_id, j.processing_completed_at AS failed_at, coalesce(j.last_error ->> 'code', 'INTERNAL') AS code,
        coalesce(j.last_error ->> 'stage', j.status) AS stage, coalesce(j.last_error ->> 'cause', '') AS cause
    FROM upload_pipeline.upload_jobs j
    WHERE j.status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
        AND j.processing_completed_at IS NOT NULL AND j.last_error IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM upload_pipeline.upload_jobs later
            WHERE later.document_id = j.document_id AND later.created_at > j.created_at
        )
    LIMIT $3
)
SELECT code, stage, cause, count(*) AS documents, count(DISTINCT user_id) AS users,
    min(failed_at) AS first_failed_at, max(failed_at) AS last_failed_at, (array_agg(job_id))[:$2] AS samples,
    (sum(count(*)) OVER ())::bigint AS documents_of_all
FROM dead
GROUP BY code, stage, cause
ORDER BY count(*) DESC, code, stage, cause
LIMIT $1
