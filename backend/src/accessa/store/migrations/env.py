"""Alembic's environment: runs the migrations on the connection that `accessa.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from accessa.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_schemas=True,
    version_table_schema="public",
    version_table="accessa_alembic_version",
)
with context.begin_transaction():
    context.run_migrations()
