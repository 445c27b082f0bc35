-- $1 jobs (null: all): parses of whose result only a part of path, hash, pages and time is known
SELECT parse_id::text
FROM upload_pipeline.parse_runs
WHERE num_nulls(result_path, result_sha256, pages, collected_at) NOT IN (0, 4)
    AND ($1::uuid[] IS NULL OR job_id = ANY ($1))
