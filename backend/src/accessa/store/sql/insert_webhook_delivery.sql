-- $1 delivery key, $2 parse, $3 event type
INSERT INTO upload_pipeline.webhook_deliveries (delivery_key, parse_id, event_type)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING delivery_key
