-- $1 jobs (null: all): jobs that nobody holds, whose last holder neither let go of them nor ended them
SELECT j.job_id::text
FROM upload_pipeline.upload_jobs j
WHERE j.lease_owner IS NULL AND j.lease_epoch > 0
    AND j.status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    AND ($1::uuid[] IS NULL OR j.job_id = ANY ($1))
    AND NOT EXISTS (
        SELECT FROM upload_pipeline.events e
        WHERE e.job_id = j.job_id AND e.type = 'released' AND e.lease_epoch = j.lease_epoch
    )
UNION ALL
-- claims that say the job was free, although the claim before it was never let go of
SELECT c.job_id::text
FROM upload_pipeline.events c
WHERE c.type = 'claimed' AND c.code = 'JOB_CLAIMED' AND c.lease_epoch > 1 AND ($1::uuid[] IS NULL OR c.job_id = ANY ($1))
    AND NOT EXISTS (
        SELECT FROM upload_pipeline.events r
        WHERE r.job_id = c.job_id AND r.type = 'released' AND r.lease_epoch = c.lease_epoch - 1
            AND r.event_id < c.event_id
    )
