"""Jobs that ended."""

from __future__ import annotations

from accessa.observe.canary_api import CANARY_USER
from accessa.observe.metric import Sample, counter, gauge
from accessa.observe.seen_rows import SeenRows
from accessa.store.database import Connection
from accessa.store.statements import load

ENDED = counter(
    "accessa_jobs_ended_total",
    "Jobs that ended, by status and the code of their error, which is empty for complete ones",
    "status",
    "code",
)
LAST = gauge("accessa_last_completion_seconds", "Since a job was completed last; absent before the first")

LAST_END = gauge(
    "accessa_last_end_seconds",
    "Since a job ended last, complete or failed, those of canaries left out; absent before the first",
)


class EndedJobsReading:
    """Counts each job once, as it ends."""

    metrics = (ENDED, LAST, LAST_END)
    every_seconds = 2.0

    def __init__(self) -> None:
        self._seen = SeenRows[tuple[str, str]]()

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the totals since the first look; every end is there with 0 before it happens first."""
        now = await connection.fetchval(load("sight_now"))
        rows = await connection.fetch(load("sight_ended"), self._seen.since(now))
        self._seen.take(((row["job_id"], row["ended_at"], (row["status"], row["code"])) for row in rows), now)
        last = await connection.fetchval(load("sight_last_completion"))
        last_end = await connection.fetchval(load("sight_last_end"), CANARY_USER)
        ends = self._seen.totals.keys() | {("complete", "")}
        return [
            *(Sample(ENDED, self._seen.totals[end], end) for end in sorted(ends)),
            *([Sample(LAST, last)] if last is not None else []),
            *([Sample(LAST_END, last_end)] if last_end is not None else []),
        ]
