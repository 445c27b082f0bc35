-- $1 job, $2 epoch, $3 owner, $4 lease in seconds: renews the lease and returns the job as it truly stands
WITH held AS (
    UPDATE upload_pipeline.upload_jobs
    SET available_at = now() + make_interval(secs => $4)
    WHERE job_id = $1 AND lease_epoch = $2 AND lease_owner = $3
    RETURNING *
)
SELECT h.*, d.mime, d.bytes_len, d.file_sha256
FROM held h
JOIN upload_pipeline.documents d USING (document_id)
