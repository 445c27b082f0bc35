"""Lets operators see: traces, vitals of workers, timings of stages, canaries, and alerts with their silences.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from accessa.store.migration_steps import apply_steps

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand only: what workers of the version before write and read stays as it is."""
    apply_steps(revision, ("traces", "correlation", "vitals", "timings", "parses", "canaries", "alerts"))


def downgrade() -> None:
    """Take it away again, in the opposite order."""
    apply_steps(
        revision,
        (
            "undo_alerts",
            "undo_canaries",
            "undo_parses",
            "undo_timings",
            "undo_vitals",
            "undo_correlation",
            "undo_traces",
        ),
    )
