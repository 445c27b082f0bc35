"""Uploads by signed URL: what was announced and has not arrived yet.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

from accessa.store.migration_steps import apply_steps

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    apply_steps(revision, ("tables",))


def downgrade() -> None:
    """Take the table away."""
    op.execute("DROP TABLE upload_pipeline.pending_uploads")
