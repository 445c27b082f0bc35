-- $1 job, $2 the provider's file id
UPDATE upload_pipeline.parse_runs SET provider_file_id = $2 WHERE job_id = $1
