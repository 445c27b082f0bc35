"""Jobs in workers' hands."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

HELD = gauge("accessa_jobs_held", "Jobs in a worker's hands")
HELD_SECONDS = gauge("accessa_lease_held_seconds", "Longest time that a job in hand has not got any further")
OVERDUE = gauge(
    "accessa_lease_overdue_seconds", "Longest time that a lease has run out and no worker has taken the job over"
)


class LeasesReading:
    """Found by the index of held jobs."""

    metrics = (HELD, HELD_SECONDS, OVERDUE)
    every_seconds = 2.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return how many are held, and the two that stick out."""
        row = await connection.fetchrow(load("sight_leases"))
        return [
            Sample(HELD, row["held"]),
            Sample(HELD_SECONDS, row["held_seconds"]),
            Sample(OVERDUE, row["overdue_seconds"]),
        ]
