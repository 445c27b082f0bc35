-- $1 job, $2 document, $3 provider, $4 options sha, $5 call key, $6 locator, $7 pages expected
INSERT INTO upload_pipeline.parse_runs (job_id, document_id, provider, options_sha, call_key, locator, pages_expected)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (job_id) DO NOTHING
