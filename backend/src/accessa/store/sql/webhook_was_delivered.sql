-- $1 delivery key
SELECT FROM upload_pipeline.webhook_deliveries WHERE delivery_key = $1
