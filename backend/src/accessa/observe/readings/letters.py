"""Dead letters: failed jobs that somebody has to look at."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

DEAD = gauge("accessa_dead_letters", "Failed jobs that no newer job of their document follows, counted up to 10,000")
_MOST = 10_000


class DeadLettersReading:
    """Goes through failed jobs."""

    metrics = (DEAD,)
    every_seconds = 2.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return their number."""
        return [Sample(DEAD, await connection.fetchval(load("sight_dead_letters"), _MOST))]
