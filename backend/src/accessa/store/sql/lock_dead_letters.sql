-- $1 user, $2 code (null: all but those of $3), $3 codes left out, $4 failed until, $5 and $6 the last one seen, $7 most jobs
SELECT j.job_id, j.document_id, j.lane, j.priority, j.trace_context, j.processing_completed_at AS failed_at
FROM upload_pipeline.upload_jobs j
WHERE j.user_id = $1 AND j.status IN ('failed_parse', 'failed_chunking', 'failed_embedding')
    AND j.processing_completed_at IS NOT NULL AND j.last_error IS NOT NULL
    AND (j.processing_completed_at, j.job_id) > ($5::timestamptz, $6::uuid) AND j.processing_completed_at <= $4
    AND CASE WHEN $2::text IS NULL THEN j.last_error ->> 'code' <> ALL ($3::text[]) ELSE j.last_error ->> 'code' = $2 END
    AND NOT EXISTS (
        SELECT FROM upload_pipeline.upload_jobs later
        WHERE later.document_id = j.document_id AND later.created_at > j.created_at
    )
ORDER BY j.processing_completed_at, j.job_id
LIMIT $7
FOR NO KEY UPDATE OF j SKIP LOCKED
