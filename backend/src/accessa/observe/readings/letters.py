"""Dead letters: failed jobs that somebody has to look at."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

DEAD = gauge(
    "accessa_dead_letters",
    "Failed jobs that no newer job of their document follows, counted up to 2,000 in all",
    "code",
)
_MOST = 2_000


class DeadLettersReading:
    """Goes through failed jobs."""

    metrics = (DEAD,)
    every_seconds = 5.0

    def __init__(self) -> None:
        self._codes: set[str] = {"INTERNAL"}

    async def read(self, connection: Connection) -> list[Sample]:
        """Return their numbers by code; a code stays at 0 when all of its were seen to."""
        rows = await connection.fetch(load("sight_dead_letters"), _MOST)
        self._codes.update(row["code"] for row in rows)
        numbers = {row["code"]: row["jobs"] for row in rows}
        return [Sample(DEAD, numbers.get(code, 0), (code,)) for code in sorted(self._codes)]
