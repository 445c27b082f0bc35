-- $1 jobs (null: all): parses whose result is kept without a recorded call
SELECT r.parse_id::text
FROM upload_pipeline.parse_runs r
WHERE r.result_path IS NOT NULL AND ($1::uuid[] IS NULL OR r.job_id = ANY ($1)) AND NOT EXISTS (
    SELECT FROM upload_pipeline.provider_calls p
    WHERE p.job_id = r.job_id AND p.call_key = r.call_key AND p.state = 'recorded'
)
