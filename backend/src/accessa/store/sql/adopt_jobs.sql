-- $1 owner, $2 lease in seconds, $3 jobs in hand: renews the leases of the owner's other jobs and returns those jobs
WITH held AS (
    UPDATE upload_pipeline.upload_jobs
    SET available_at = now() + make_interval(secs => $2)
    WHERE lease_owner = $1 AND job_id <> ALL ($3::uuid[])
        AND status NOT IN ('complete', 'failed_parse', 'failed_chunking', 'failed_embedding')
    RETURNING *
)
SELECT h.*, d.mime, d.bytes_len, d.file_sha256
FROM held h
JOIN upload_pipeline.documents d USING (document_id)
