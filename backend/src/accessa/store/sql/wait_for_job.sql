-- $1 job: waits until no transaction holds it any more
SELECT job_id FROM upload_pipeline.upload_jobs WHERE job_id = $1 FOR NO KEY UPDATE
