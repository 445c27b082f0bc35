-- $1 jobs (null: all): plans, orders and deliveries whose job or parse is gone
SELECT 'embedding_batches ' || b.job_id
FROM upload_pipeline.embedding_batches b
WHERE ($1::uuid[] IS NULL OR b.job_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.job_id = b.job_id)
UNION ALL
SELECT 'provider_batches ' || o.batch_id
FROM upload_pipeline.provider_batches o
WHERE ($1::uuid[] IS NULL OR o.job_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.job_id = o.job_id)
UNION ALL
SELECT 'webhook_deliveries ' || w.delivery_key
FROM upload_pipeline.webhook_deliveries w
WHERE NOT EXISTS (SELECT FROM upload_pipeline.parse_runs r WHERE r.parse_id = w.parse_id)
