-- runs of more than a week ago
DELETE FROM upload_pipeline.audit_runs WHERE started_at < now() - interval '7 days'
