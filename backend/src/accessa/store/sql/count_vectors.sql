-- $1 sets, $2 model, $3 version, $4 provider; a set without any is left out
SELECT v.set_id, count(*) AS vectors
FROM unnest($1::uuid[]) AS wanted (set_id)
JOIN upload_pipeline.document_vector_buffer v USING (set_id)
WHERE v.embed_model = $2 AND v.embed_version = $3 AND v.provider = $4
GROUP BY v.set_id
