-- $1 jobs (null: all): chunks without a vector of the model, in the sets of jobs whose vectors are all stored
SELECT c.set_id || '/' || c.chunk_id
FROM upload_pipeline.upload_jobs j
JOIN upload_pipeline.document_chunk_buffer c USING (set_id)
LEFT JOIN upload_pipeline.document_vector_buffer v
    ON v.set_id = c.set_id AND v.chunk_id = c.chunk_id AND v.embed_model = j.embed_model
    AND v.embed_version = j.embed_version
WHERE j.status IN ('embeddings_stored', 'complete') AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
GROUP BY c.set_id, c.chunk_id, j.job_id
HAVING count(v.chunk_id) <> 1
