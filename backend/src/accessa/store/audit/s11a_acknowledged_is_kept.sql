-- $1 acknowledged jobs: those of which nothing is left, and whose document was not deleted
SELECT a.job_id::text
FROM unnest($1::uuid[]) a (job_id)
WHERE NOT EXISTS (SELECT FROM upload_pipeline.upload_jobs j WHERE j.job_id = a.job_id)
    AND NOT EXISTS (SELECT FROM upload_pipeline.pending_uploads p WHERE p.job_id = a.job_id)
    AND NOT EXISTS (
        SELECT
        FROM upload_pipeline.events e
        JOIN upload_pipeline.events d USING (document_id)
        WHERE e.job_id = a.job_id AND d.code = 'DOCUMENT_DELETION_STARTED' AND d.event_id > e.event_id
    )
