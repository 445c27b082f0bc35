"""What makes many jobs cheap to move at once, and vectors quick to find while more are stored.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from accessa.store.migration_steps import apply_steps

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand only: what workers of the version before write and read stays as it is."""
    apply_steps(revision, ("speed", "search", "rows"))


def downgrade() -> None:
    """Take it away again, in the opposite order."""
    apply_steps(revision, ("undo_rows", "undo_search", "undo_speed"))
