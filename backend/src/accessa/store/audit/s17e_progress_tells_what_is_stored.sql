-- $1 jobs (null: all): complete jobs whose progress tells other numbers of chunks and vectors than their set has
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
JOIN upload_pipeline.chunk_sets s USING (set_id)
WHERE j.status = 'complete' AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1)) AND (
    (j.progress ->> 'chunks_total')::integer IS DISTINCT FROM s.chunks_total
    OR (j.progress ->> 'embeds_done')::integer IS DISTINCT FROM s.chunks_total
    OR (j.progress ->> 'embeds_total')::integer IS DISTINCT FROM s.chunks_total
)
