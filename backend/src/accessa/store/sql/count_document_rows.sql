-- $1 document: what is left of it, apart from the ledger, which stays. Batches and deliveries cannot outlive the jobs and
-- parse runs that they hang on.
SELECT (SELECT count(*) FROM upload_pipeline.documents WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.upload_jobs WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.parse_runs WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.parsed_texts WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.chunk_sets WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.document_chunk_buffer WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.document_vector_buffer WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.receipts WHERE document_id = $1)
    + (SELECT count(*) FROM upload_pipeline.indexed_sets WHERE document_id = $1)
