-- $1 jobs; one without batches is left out
SELECT job_id, max(batch_ord) + 1 AS next_ord
FROM upload_pipeline.embedding_batches
WHERE job_id = ANY ($1)
GROUP BY job_id
