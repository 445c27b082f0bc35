"""Jobs that ended."""

from __future__ import annotations

from accessa.domain.statuses import TERMINAL
from accessa.observe.metric import Sample, counter, gauge
from accessa.observe.minutes import MinuteCounter
from accessa.store.database import Connection
from accessa.store.statements import load

ENDED = counter(
    "accessa_jobs_ended_total",
    "Jobs that ended, by status and the code of their error, which is empty for complete ones",
    "status",
    "code",
)
LAST = gauge("accessa_last_completion_seconds", "Since a job was completed last; absent before the first")


class EndedJobsReading:
    """Counts by minutes, of which only the two newest are looked at again."""

    metrics = (ENDED, LAST)
    every_seconds = 1.0

    def __init__(self) -> None:
        self._minutes = MinuteCounter[tuple[str, str]]()

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the totals since the first look; every end is there with 0 before it happens first."""
        now = await connection.fetchval(load("sight_now"))
        rows = await connection.fetch(load("sight_ended"), self._minutes.since(now))
        totals = self._minutes.add(((row["minute"], (row["status"], row["code"]), row["jobs"]) for row in rows), now)
        last = await connection.fetchval(load("sight_last_completion"))
        ends = totals.keys() | {("complete", "")} | {(str(status), "") for status in TERMINAL}
        return [
            *(Sample(ENDED, totals[end], end) for end in sorted(ends)),
            *([Sample(LAST, last)] if last is not None else []),
        ]
