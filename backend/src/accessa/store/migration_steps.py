"""Runs the steps of one migration: files of statements beside it, in the order given, within its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from alembic import op


def apply_steps(revision: str, steps: Iterable[str]) -> None:
    """Run `migrations/versions/<revision>/<step>.ddl` one after the other; locks are not waited for longer than 2 s."""
    op.execute("SET LOCAL lock_timeout = '2s'")
    driver: Any = op.get_bind().connection.dbapi_connection
    folder = files("accessa.store").joinpath("migrations", "versions", revision)
    for step in steps:
        text = folder.joinpath(f"{step}.ddl").read_text(encoding="utf-8")
        driver.run_async(lambda connection, text=text: connection.execute(text))
