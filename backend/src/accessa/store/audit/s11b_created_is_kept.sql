-- $1 jobs (null: all): jobs of whose creation the history tells, that are gone although their document was not deleted
SELECT e.job_id::text
FROM upload_pipeline.events e
WHERE e.type = 'created' AND ($1::uuid[] IS NULL OR e.job_id = ANY ($1))
    AND NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.job_id = e.job_id)
    AND NOT EXISTS (
        SELECT FROM upload_pipeline.events d
        WHERE d.document_id = e.document_id AND d.code = 'DOCUMENT_DELETION_STARTED' AND d.event_id > e.event_id
    )
