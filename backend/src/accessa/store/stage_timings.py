"""What stages took, minute by minute and worker by worker."""

from __future__ import annotations

from collections.abc import Mapping

from accessa.store.database import Database
from accessa.store.statements import load
from accessa.telemetry.metrics import DURATION_BOUNDS
from accessa.telemetry.stage_timings import Timings

BUCKET_BOUNDS = DURATION_BOUNDS
"""Upper bounds in seconds of the counts in `buckets`; the one place more holds what took longer than the last."""


async def add(database: Database, worker_id: str, sums: Mapping[str, Timings]) -> None:
    """Add a worker's sums, by stage, to those of the present minute."""
    told = [
        {"stage": stage, "runs": sum_.runs, "seconds": sum_.seconds, "buckets": sum_.buckets}
        for stage, sum_ in sums.items()
    ]
    async with database.connection(reserved=True) as connection:
        await connection.execute(load("add_stage_timings"), worker_id, told)


async def delete_old(database: Database) -> None:
    """Forget what is older than eight days: a baseline is learnt from the last seven."""
    async with database.connection() as connection:
        await connection.execute(load("delete_old_stage_timings"))
