"""Jobs that are due for a worker: the first sign that nobody works."""

from __future__ import annotations

from accessa.domain.job import PRIORITIES
from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

DUE = gauge("accessa_jobs_due", "Jobs that are due for a worker, counted up to 10,000")
OLDEST = gauge("accessa_due_oldest_seconds", "For how long the first due job has been due; 0 when none is")
_MOST = 10_000


class DueJobsReading:
    """Found by the index of the queue, however long that is."""

    metrics = (DUE, OLDEST)
    every_seconds = 2.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return how many are due, and since when the first of them is."""
        row = await connection.fetchrow(load("sight_due"), _MOST, list(PRIORITIES.values()))
        return [Sample(DUE, row["jobs"]), Sample(OLDEST, row["oldest_seconds"])]
