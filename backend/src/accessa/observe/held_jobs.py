"""What each worker has in hand: how many jobs in which status, and the one held longest without a step forward."""

from __future__ import annotations

from dataclasses import dataclass, field

from accessa.store.database import Connection
from accessa.store.statements import load


@dataclass(slots=True)
class HeldJobs:
    """The jobs of one worker by status, and seconds since the last step of the one that stands still longest."""

    jobs: dict[str, int] = field(default_factory=dict)
    longest_seconds: float = 0.0


async def read_held_jobs(connection: Connection) -> dict[str, HeldJobs]:
    """Return what is in hand by worker; raises what the driver raises."""
    held: dict[str, HeldJobs] = {}
    for row in await connection.fetch(load("count_held_jobs")):
        of_worker = held.setdefault(row["worker_id"], HeldJobs())
        of_worker.jobs[row["status"]] = row["jobs"]
        of_worker.longest_seconds = max(of_worker.longest_seconds, row["longest_seconds"])
    return held
