-- $1 jobs, $2 documents, $3 types, $4 severities, $5 codes, $6 epochs, $7 payloads, $8 correlation ids, $9 providers
INSERT INTO upload_pipeline.events
    (job_id, document_id, type, severity, code, lease_epoch, payload, correlation_id, provider)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::jsonb[], $8::uuid[], $9::text[]
)
