-- $1 job, $2 document, $3 provider, $4 options sha, $5 call key, $6 locator, $7 pages expected
-- A run under other settings begins anew; its address stays, as an older delivery may still be under way to it.
INSERT INTO upload_pipeline.parse_runs AS run
    (job_id, document_id, provider, options_sha, call_key, locator, pages_expected)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (job_id) DO UPDATE
SET provider = excluded.provider, options_sha = excluded.options_sha, call_key = excluded.call_key,
    pages_expected = excluded.pages_expected, provider_file_id = NULL, provider_job_id = NULL, polls = 0,
    submitted_at = NULL, deadline_at = NULL, notified_at = NULL, polled_at = NULL
WHERE run.provider <> excluded.provider OR run.options_sha <> excluded.options_sha
