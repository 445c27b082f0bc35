"""Connections that hold a lock for which others wait."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.store.database import Connection
from accessa.store.statements import load

BLOCKED_SECONDS = 5.0
"""Transactions of ours are over sooner: one that is open for longer holds others up, as DatabaseBlocked says."""

_MOST = 5


@dataclass(frozen=True, slots=True)
class Blocker:
    """One of them: its process at the server, who it is, how many wait for it, and the age of its transaction."""

    pid: int
    application: str
    username: str
    waiting: int
    open_seconds: float


async def list_blockers(connection: Connection) -> list[Blocker]:
    """Return the five that most wait for; costs next to nothing while nobody waits. Raises what the driver raises."""
    return [Blocker(**row) for row in await connection.fetch(load("sight_blocking"), _MOST)]
