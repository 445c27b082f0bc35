-- $1 documents (null: all): rows whose document is gone
SELECT 'upload_jobs ' || r.job_id
FROM upload_pipeline.upload_jobs r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
UNION ALL
SELECT 'parse_runs ' || r.parse_id
FROM upload_pipeline.parse_runs r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
UNION ALL
SELECT 'parsed_texts ' || r.document_id
FROM upload_pipeline.parsed_texts r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
UNION ALL
SELECT 'chunk_sets ' || r.set_id
FROM upload_pipeline.chunk_sets r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
UNION ALL
SELECT DISTINCT 'chunks of document ' || r.document_id
FROM upload_pipeline.document_chunk_buffer r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
UNION ALL
SELECT DISTINCT 'vectors of document ' || r.document_id
FROM upload_pipeline.document_vector_buffer r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
UNION ALL
SELECT 'indexed_sets ' || r.set_id
FROM upload_pipeline.indexed_sets r
WHERE ($1::uuid[] IS NULL OR r.document_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.documents d WHERE d.document_id = r.document_id)
