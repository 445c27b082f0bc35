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
PARKED = gauge("accessa_jobs_parked", "Jobs that wait for a budget")


class StatusesReading:
    """Goes through all unfinished jobs, so with very many it looks less often."""

    metrics = (JOBS, OLDEST, UNFINISHED, PARKED)
    every_seconds = 3.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return counts and ages; a status without jobs has a count of 0 and no age."""
        rows = {row["status"]: row for row in await connection.fetch(load("sight_statuses"))}
        parked = await connection.fetchrow(load("measure_parked_jobs"))
        working = [status for status in Status if status not in TERMINAL]
        return [
            *(Sample(JOBS, rows[status]["jobs"] if status in rows else 0, (status,)) for status in working),
            *(Sample(OLDEST, row["oldest_seconds"], (status,)) for status, row in rows.items()),
            Sample(UNFINISHED, sum(row["jobs"] for row in rows.values())),
            Sample(PARKED, parked["jobs"]),
        ]
