"""Jobs that ended in each of the last ten minutes' seconds: read once, then only the newest seconds again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from accessa.store.database import Connection
from accessa.store.statements import load

KEPT_SECONDS = 600
# A transaction may be seen some seconds after the moment that it gives as its end.
_RECOUNTED_SECONDS = 3


class Ended(NamedTuple):
    """Jobs that ended, by how they did."""

    completed: int = 0
    failed_parse: int = 0
    failed_chunking: int = 0
    failed_embedding: int = 0

    @property
    def failed(self) -> int:
        """Return how many failed, wherever."""
        return self.failed_parse + self.failed_chunking + self.failed_embedding


class EndedBySecond:
    """Keeps the last ten minutes, by the database's clock in whole seconds since 1970."""

    def __init__(self) -> None:
        self._seconds: dict[int, Ended] = {}
        #: the second that was under way at the last look
        self.now: int | None = None

    async def read(self, connection: Connection) -> int:
        """Count what is not known yet, and return the second that is under way; raises what the driver raises."""
        now = int((await connection.fetchval(load("sight_now"))).timestamp())
        since = now - KEPT_SECONDS
        if self.now is not None:
            since = max(since, min(self.now, now) - _RECOUNTED_SECONDS)
        rows = await connection.fetch(load("count_ended_jobs_by_second"), datetime.fromtimestamp(since, UTC))
        kept = {second: ended for second, ended in self._seconds.items() if now - KEPT_SECONDS <= second < since}
        self._seconds = kept | {int(row["second"].timestamp()): _ended(row) for row in rows}
        self.now = now
        return now

    def of(self, second: int) -> Ended:
        """Return what ended within a second."""
        return self._seconds.get(second, Ended())

    def between(self, first: int, last: int) -> Ended:
        """Return what ended from one second to another, both included."""
        found = [ended for second, ended in self._seconds.items() if first <= second <= last]
        return Ended(*map(sum, zip(*found, strict=True))) if found else Ended()


def _ended(row: Mapping[str, Any]) -> Ended:
    return Ended(**{name: row[name] for name in Ended._fields})
