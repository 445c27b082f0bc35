-- $1 job, $2 call key: when this work was first asked for without an answer that tells what became of it
SELECT min(intended_at)
FROM upload_pipeline.provider_calls
WHERE job_id = $1 AND call_key = $2 AND state IN ('intended', 'abandoned')
