"""Every stored row says who made it, and each provider has a gate: limits, health, and the batches of the bulk lane.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from accessa.store.migration_steps import apply_steps

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Label what is there as of an unknown mock: only a database of `local` can hold rows without a label."""
    apply_steps(revision, ("identities", "labels", "gates", "bulk", "views"))


def downgrade() -> None:
    """Take labels, gates and batches away; documents, chunks and vectors stay."""
    apply_steps(revision, ("undo",))
