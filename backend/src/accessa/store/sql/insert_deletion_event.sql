-- $1 document, $2 job, $3 correlation id, $4 code, $5 payload
INSERT INTO upload_pipeline.events (job_id, document_id, type, code, payload, correlation_id)
VALUES ($2, $1, 'note', $4, $5, $3)
RETURNING event_id
