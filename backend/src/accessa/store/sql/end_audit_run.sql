-- $1 run, $2 violations, $3 checks that could not finish
UPDATE upload_pipeline.audit_runs SET violations = $2, unfinished = $3, ended_at = clock_timestamp() WHERE run_id = $1
