-- $1 call keys, $2 jobs, $3 providers, $4 operations, $5 models, $6 units, $7 epochs, $8 estimated costs in USD.
-- An intent for the same work that is still open is one that nobody will close: its worker died or lost the job.
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::numeric[]
    ) WITH ORDINALITY AS a (call_key, job_id, provider, operation, model, units, lease_epoch, estimated_usd, place)
), stale AS (
    UPDATE upload_pipeline.provider_calls c SET state = 'abandoned', ended_at = now()
    FROM asked
    WHERE c.call_key = asked.call_key AND c.state = 'intended'
)
INSERT INTO upload_pipeline.provider_calls
    (call_key, job_id, document_id, user_id, provider, operation, model, units, lease_epoch, estimated_usd, retry_number)
SELECT a.call_key, a.job_id, j.document_id, j.user_id, a.provider, a.operation, a.model, a.units, a.lease_epoch,
    a.estimated_usd, (SELECT count(*) FROM upload_pipeline.provider_calls c WHERE c.call_key = a.call_key)
FROM asked a
JOIN upload_pipeline.upload_jobs j USING (job_id)
ORDER BY a.place
RETURNING call_key, call_id
