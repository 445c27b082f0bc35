"""Unfinished jobs by status."""

from __future__ import annotations

from accessa.domain.statuses import TERMINAL, Status
from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

JOBS = gauge("accessa_jobs", "Unfinished jobs in a status", "status")
OLDEST = gauge(
    "accessa_job_oldest_seconds", "Age of the oldest unfinished job in a status, since it was made", "status"
)
UNFINISHED = gauge("accessa_jobs_unfinished", "Jobs that have not ended")
STANDING = gauge(
    "accessa_jobs_standing",
    "Jobs that nobody carries on although they wait neither for a parse, a bulk order, a provider nor a budget",
)
PARKED = gauge("accessa_jobs_parked", "Jobs that wait for a budget")
# A job is no sooner said to stand still; in hand it may be in the middle of a call, or of a large document.
_STANDS_SECONDS, _HELD_SECONDS = 60.0, 120.0


class StatusesReading:
    """Goes through all unfinished jobs, so with very many it looks less often."""

    metrics = (JOBS, OLDEST, UNFINISHED, STANDING, PARKED)
    every_seconds = 3.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return counts and ages; a status without jobs has a count of 0 and no age."""
        seen = await connection.fetch(load("sight_statuses"), _STANDS_SECONDS, _HELD_SECONDS)
        rows = {row["status"]: row for row in seen}
        parked = await connection.fetchrow(load("measure_parked_jobs"))
        working = [status for status in Status if status not in TERMINAL]
        return [
            *(Sample(JOBS, rows[status]["jobs"] if status in rows else 0, (status,)) for status in working),
            *(Sample(OLDEST, row["oldest_seconds"], (status,)) for status, row in rows.items()),
            Sample(UNFINISHED, sum(row["jobs"] for row in rows.values())),
            Sample(STANDING, sum(row["standing"] for row in rows.values())),
            Sample(PARKED, parked["jobs"]),
        ]
