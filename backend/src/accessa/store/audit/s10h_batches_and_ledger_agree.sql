-- $1 jobs (null: all): batches that are ticked off without a recorded call, or have one and are not ticked off
SELECT b.job_id || ' batch ' || b.batch_ord
FROM upload_pipeline.embedding_batches b
WHERE ($1::uuid[] IS NULL OR b.job_id = ANY ($1)) AND (b.recorded_at IS NOT NULL) <> EXISTS (
    SELECT FROM upload_pipeline.provider_calls p
    WHERE p.job_id = b.job_id AND p.call_key = b.call_key AND p.state = 'recorded'
)
