-- $1 document: what the embedding provider was given for it in bulk and may still have
SELECT o.batch_id::text AS key, o.provider_batch_id, o.input_file_id
FROM upload_pipeline.provider_batches o
JOIN upload_pipeline.upload_jobs j USING (job_id)
WHERE j.document_id = $1 AND (o.ended_at IS NULL OR o.input_file_id IS NOT NULL)
