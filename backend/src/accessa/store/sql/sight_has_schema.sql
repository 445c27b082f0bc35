-- Whether there is any schema of ours
SELECT to_regclass('public.accessa_alembic_version') IS NOT NULL
