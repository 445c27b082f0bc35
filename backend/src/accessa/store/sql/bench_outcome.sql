-- $1 users: documents, complete jobs, when the last job ended (seconds since 1970), chunks, those of other than live sets, vectors
SELECT count(*)::integer AS documents,
    (count(*) FILTER (WHERE j.status = 'complete'))::integer AS complete,
    coalesce(extract(epoch FROM max(j.processing_completed_at)), 0)::double precision AS ended_at,
    (
        SELECT count(*)::integer FROM upload_pipeline.document_chunk_buffer c
        JOIN upload_pipeline.documents d USING (document_id) WHERE d.user_id = ANY($1)
    ) AS chunks,
    (
        SELECT count(*)::integer FROM upload_pipeline.document_chunk_buffer c
        JOIN upload_pipeline.documents d USING (document_id)
        WHERE d.user_id = ANY($1) AND c.set_id IS DISTINCT FROM d.live_set_id
    ) AS stray_chunks,
    (
        SELECT count(*)::integer FROM upload_pipeline.document_vector_buffer v
        JOIN upload_pipeline.documents d USING (document_id) WHERE d.user_id = ANY($1)
    ) AS vectors
FROM upload_pipeline.upload_jobs j
WHERE j.user_id = ANY($1)
