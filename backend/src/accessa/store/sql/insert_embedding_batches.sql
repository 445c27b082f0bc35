-- $1 jobs, $2 batch ordinals, $3 call keys, $4 chunk ordinals as text
INSERT INTO upload_pipeline.embedding_batches (job_id, batch_ord, call_key, chunk_ords)
SELECT job_id, batch_ord, call_key, chunk_ords::integer[]
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[]) AS planned (job_id, batch_ord, call_key, chunk_ords)
