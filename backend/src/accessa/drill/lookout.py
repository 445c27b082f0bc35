"""Looks into the database while everything happens to it: who holds what, how far all is, what time it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.drill.victims import Holder
from accessa.store.database import Database
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class Progress:
    """How many jobs there are, and how far they have come."""

    jobs: int = 0
    ended: int = 0
    complete: int = 0


class Lookout:
    """Reads only what belongs to the drill's users; a database that is away is no error here."""

    def __init__(self, database: Database, users: Sequence[UUID]) -> None:
        """Take the database and the users."""
        self._database = database
        self._users = list(users)
        self._ahead_seconds = 0.0
        self._last = Progress()

    async def set_clock(self) -> None:
        """Learn by how much the database's clock is ahead of ours."""
        before = time.time()
        async with self._database.connection() as connection:
            now: float = await connection.fetchval(load("drill_clock"))
        self._ahead_seconds = now - (before + time.time()) / 2

    def database_time(self) -> float:
        """Return the time by the database's clock, in seconds since 1970, also while it is away."""
        return time.time() + self._ahead_seconds

    async def holders(self) -> list[Holder]:
        """Return the workers that hold jobs of the drill; none while the database is away."""
        try:
            rows = await self.rows("drill_holders")
        except AccessaError:
            return []
        return [Holder(row["worker_id"], row["jobs"], row["crashes"]) for row in rows]

    async def progress(self) -> Progress:
        """Return how far the documents are, by the last look that succeeded."""
        try:
            rows = await self.rows("drill_progress")
        except AccessaError:
            return self._last
        self._last = Progress(**rows[0])
        return self._last

    async def rows(self, statement: str) -> Sequence[Mapping[str, Any]]:
        """Run one of the drill's statements, about its users."""
        async with self._database.connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(load(statement), self._users)
        return rows
