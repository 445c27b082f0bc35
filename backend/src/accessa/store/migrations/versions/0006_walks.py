"""Lets a job take several moves in one statement, and a text be found by the user who has paid for it.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from accessa.store.migration_steps import apply_steps

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand only: what workers of the version before write and read stays as it is."""
    apply_steps(revision, ("walks", "reuse"))


def downgrade() -> None:
    """Take it away again, in the opposite order."""
    apply_steps(revision, ("undo_reuse", "undo_walks"))
