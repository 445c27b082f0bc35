-- $1 job
UPDATE upload_pipeline.parse_runs SET polls = polls + 1, polled_at = clock_timestamp() WHERE job_id = $1
