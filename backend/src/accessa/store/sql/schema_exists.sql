-- Whether there is any schema of ours
SELECT to_regclass('public.accessa_alembic_version') IS NOT NULL AND to_regclass('upload_pipeline.deployment') IS NOT NULL
