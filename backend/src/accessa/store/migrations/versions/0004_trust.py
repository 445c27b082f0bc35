"""What makes the promises checkable: a lasting ledger, receipts, audits, and claims that are fair between users.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from accessa.store.migration_steps import apply_steps

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand only: what workers of the version before write and read stays as it is."""
    apply_steps(revision, ("ledger", "receipts", "claims", "audits", "upgrades", "letters"))


def downgrade() -> None:
    """Take it away again, in the opposite order."""
    apply_steps(
        revision, ("undo_letters", "undo_upgrades", "undo_audits", "undo_claims", "undo_receipts", "undo_ledger")
    )
