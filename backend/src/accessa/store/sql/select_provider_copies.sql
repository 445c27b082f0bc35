-- $1 document: what the parse provider was given for it
SELECT provider_job_id, provider_file_id FROM upload_pipeline.parse_runs WHERE document_id = $1
