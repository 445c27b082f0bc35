-- The revision of the schema, and of which revision the oldest code may be that works on it (null: it does not say)
SELECT version_num AS revision,
    (SELECT to_jsonb(d) ->> 'works_since' FROM upload_pipeline.deployment d) AS works_since
FROM public.accessa_alembic_version
