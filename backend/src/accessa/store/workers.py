"""Workers' signs of life."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from accessa.store.database import Database
from accessa.store.statements import load


async def beat(
    database: Database,
    *,
    worker_id: str,
    host: str,
    pid: int,
    state: str,
    jobs_in_hand: int,
    version: str,
    metrics_url: str | None = None,
    vitals: Mapping[str, float | int | None] | None = None,
) -> float:
    """Write down that a worker is alive (`running`, `draining`) or has ended (`stopped`), and how it is.

    Returns by how many seconds this process's clock is ahead of the database's, whose answer is taken to be half a
    round trip old; the error is half a round trip at most.
    """
    told = (worker_id, host, pid, state, jobs_in_hand, version, metrics_url, dict(vitals or {}))
    async with database.connection(reserved=True) as connection:
        asked, begun = time.time(), time.monotonic()
        told_at: float = await connection.fetchval(load("beat_worker"), *told)
        return asked + (time.monotonic() - begun) / 2 - told_at


async def delete_old(database: Database) -> None:
    """Forget workers that ended or fell silent more than a day ago."""
    async with database.connection() as connection:
        await connection.execute(load("delete_old_workers"))


async def list_busy(database: Database, workers: Collection[str], *, since_seconds: float) -> list[str]:
    """Return those of the living workers that have not said within `since_seconds` that they have nothing in hand."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("list_busy_workers"), list(workers), since_seconds)
    return [row["worker_id"] for row in rows]


async def count_live(database: Database) -> int:
    """Return how many workers are running and gave a sign of life in the last 15 seconds."""
    async with database.connection() as connection:
        count: int = await connection.fetchval(load("count_live_workers"))
    return count
