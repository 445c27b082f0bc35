UPDATE upload_pipeline.alert_silences
SET until = now()
WHERE silence_id = $1 AND until > now()
