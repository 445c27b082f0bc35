-- $1 document, $2 provider, $3 options sha
SELECT result_path, pages
FROM upload_pipeline.parse_runs
WHERE document_id = $1 AND provider = $2 AND options_sha = $3 AND result_path IS NOT NULL
ORDER BY collected_at DESC
LIMIT 1
