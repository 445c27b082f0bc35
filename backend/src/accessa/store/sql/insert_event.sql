-- $1 job, $2 document, $3 type, $4 severity, $5 code, $6 epoch, $7 payload, $8 correlation id, $9 provider
INSERT INTO upload_pipeline.events
    (job_id, document_id, type, severity, code, lease_epoch, payload, correlation_id, provider)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
