"""Warnings and errors among the events of jobs."""

from __future__ import annotations

import time
from collections import Counter, deque

from accessa.observe.metric import Sample, counter
from accessa.store.database import Connection
from accessa.store.statements import load

EVENTS = counter("accessa_events_total", "Warnings and errors among the events of jobs", "code", "severity")
CRASHES = counter("accessa_crashes_total", "Leases that ran out because the worker died")
# A transaction that began with a lower number may commit after one with a higher, but hardly later than this.
_SETTLED_SECONDS = 5.0
_CRASH = ("", "crash")
# Told with 0 before they happen first: a counter that begins with more hides that from whoever looks at its rise.
_FORETOLD = (("LEASE_EXPIRED", "warn"), ("DISK_FULL", "warn"))


class EventsReading:
    """Counts on from where it was, and the newest seconds anew each time."""

    metrics = (EVENTS, CRASHES)
    every_seconds = 2.0

    def __init__(self) -> None:
        self._settled: int | None = None
        self._counted: Counter[tuple[str, str]] = Counter()
        self._told: Counter[tuple[str, str]] = Counter()
        self._newest: deque[tuple[float, int]] = deque()

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the totals since the first look."""
        newest = await connection.fetchval(load("sight_newest_event"))
        if self._settled is None:
            self._settled = newest
        self._newest.append((time.monotonic(), newest))
        settled = self._settled
        while self._newest[0][0] < time.monotonic() - _SETTLED_SECONDS:
            settled = self._newest.popleft()[1]
        if settled > self._settled:
            self._counted += await self._between(connection, self._settled, settled)
            self._settled = settled
        now = self._counted + await self._between(connection, settled, newest)
        self._told |= now  # the larger of both: a counter never falls
        return [
            *(Sample(EVENTS, self._told[key], key) for key in sorted({*self._told, *_FORETOLD} - {_CRASH})),
            Sample(CRASHES, self._told[_CRASH]),
        ]

    @staticmethod
    async def _between(connection: Connection, after: int, up_to: int) -> Counter[tuple[str, str]]:
        if up_to <= after:
            return Counter()
        rows = await connection.fetch(load("sight_events"), after, up_to)
        counts = Counter({(row["code"], row["severity"]): row["events"] for row in rows})
        counts[_CRASH] = sum(row["crashes"] for row in rows)
        return counts
