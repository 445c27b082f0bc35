-- how many vectors are stored
SELECT count(*)::integer FROM upload_pipeline.document_vector_buffer
