"""Who holds locks that others wait for."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.blockers import list_blockers
from accessa.store.database import Connection

_LABELS = ("pid", "application", "user")
OPEN = gauge(
    "accessa_database_blocking_seconds",
    "Age of a transaction that holds a lock for which others wait at this moment, of the 5 that most wait for",
    *_LABELS,
)
WAITING = gauge("accessa_database_blocked_connections", "Connections that wait for a lock of the transaction", *_LABELS)


class BlockingReading:
    """Costs next to nothing while nobody waits."""

    metrics = (OPEN, WAITING)
    every_seconds = 2.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the age of each such transaction, and how many wait for it."""
        samples = []
        for blocker in await list_blockers(connection):
            labels = (str(blocker.pid), blocker.application, blocker.username)
            samples += [Sample(OPEN, blocker.open_seconds, labels), Sample(WAITING, blocker.waiting, labels)]
        return samples
