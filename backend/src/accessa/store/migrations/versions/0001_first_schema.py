"""The first schema: tables, views, and the guards that hold moves and completeness.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Each file holds one step; a step may be several statements, which run in this order in one transaction.
STEPS = ("tables", "moves", "guards", "views")


def upgrade() -> None:
    """Build the schema from nothing."""
    op.execute("SET LOCAL lock_timeout = '2s'")
    driver: Any = op.get_bind().connection.dbapi_connection
    for step in STEPS:
        text = _read(step)
        driver.run_async(lambda connection, text=text: connection.execute(text))


def downgrade() -> None:
    """Take the whole schema away; the extension stays, others may use it."""
    op.execute("DROP SCHEMA upload_pipeline CASCADE")


def _read(step: str) -> str:
    folder = files("accessa.store").joinpath("migrations", "versions", "0001")
    return folder.joinpath(f"{step}.ddl").read_text(encoding="utf-8")
