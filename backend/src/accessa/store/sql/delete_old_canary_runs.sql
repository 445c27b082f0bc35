-- canaries of more than a week ago
DELETE FROM upload_pipeline.canary_runs WHERE started_at < now() - interval '7 days'
