-- $1 jobs (null: all), $2 seconds that calling off may take: orders of the bulk lane that go on after their job's end
SELECT o.batch_id::text
FROM upload_pipeline.provider_batches o
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE o.ended_at IS NULL AND j.status IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    AND j.processing_completed_at < clock_timestamp() - make_interval(secs => $2)
    AND ($1::uuid[] IS NULL OR o.job_id = ANY ($1))
