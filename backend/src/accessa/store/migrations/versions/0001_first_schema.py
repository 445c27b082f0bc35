"""The first schema: tables, views, and the guards that hold moves and completeness.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

from accessa.store.migration_steps import apply_steps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the schema from nothing."""
    apply_steps(revision, ("tables", "moves", "guards", "views"))


def downgrade() -> None:
    """Take the whole schema away; the extension stays, others may use it."""
    op.execute("DROP SCHEMA upload_pipeline CASCADE")
