-- $1 jobs, $2 batch ordinals: ticks them off, and counts what is new on their jobs
WITH closed AS (
    UPDATE upload_pipeline.embedding_batches b SET recorded_at = now()
    FROM unnest($1::uuid[], $2::integer[]) AS done (job_id, batch_ord)
    WHERE b.job_id = done.job_id AND b.batch_ord = done.batch_ord AND b.recorded_at IS NULL
    RETURNING b.job_id, cardinality(b.chunk_ords) AS chunks
), counted AS (
    SELECT job_id, sum(chunks)::integer AS chunks FROM closed GROUP BY job_id
)
UPDATE upload_pipeline.upload_jobs j
SET progress = jsonb_set(
        j.progress, '{embeds_done}', to_jsonb(coalesce((j.progress ->> 'embeds_done')::integer, 0) + counted.chunks)
    ),
    crash_count = 0, attempts_in_row = 0, wait_count = 0
FROM counted
WHERE j.job_id = counted.job_id
