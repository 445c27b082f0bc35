-- $1 job, $2 result path, $3 result sha, $4 pages
UPDATE upload_pipeline.parse_runs
SET result_path = $2, result_sha256 = $3, pages = $4, collected_at = now()
WHERE job_id = $1
