"""Whose Postgres answers, and what happens to its password."""

from __future__ import annotations

import os
from pathlib import Path

from accessa.stack.health import is_healthy
from accessa.stack.plan import Health
from accessa.stack.postgres import running_postgres


async def test_only_the_server_of_the_stack_is_healthy(stack_folder: Path) -> None:
    """A Postgres that accepts the password is not taken for ours when it is another process."""
    with running_postgres(stack_folder / "home" / "postgres") as server:
        health = Health(kind="postgres", address=server.url)
        seen = [await is_healthy(health, pid) for pid in (server.pid, os.getpid(), None)]

    assert [True, False, False] == seen
