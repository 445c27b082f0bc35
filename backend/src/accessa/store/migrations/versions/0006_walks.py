"""Lets a job take several moves of the chain in one statement, each checked and told as before.

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
    apply_steps(revision, ("walks",))


def downgrade() -> None:
    """Take it away again."""
    apply_steps(revision, ("undo_walks",))
