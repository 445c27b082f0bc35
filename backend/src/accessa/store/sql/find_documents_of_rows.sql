-- $1 ids of sets, $2 ids of jobs: the document of each, as far as anything still tells it
SELECT set_id AS id, document_id FROM upload_pipeline.chunk_sets WHERE set_id = ANY ($1::uuid[])
UNION
SELECT set_id, document_id FROM upload_pipeline.document_chunk_buffer WHERE set_id = ANY ($1::uuid[])
UNION
SELECT set_id, document_id FROM upload_pipeline.document_vector_buffer WHERE set_id = ANY ($1::uuid[])
UNION
SELECT job_id, document_id FROM upload_pipeline.upload_jobs WHERE job_id = ANY ($2::uuid[])
