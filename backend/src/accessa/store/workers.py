"""Workers' signs of life."""

from __future__ import annotations

from accessa.store.database import Database
from accessa.store.statements import load


async def beat(
    database: Database, *, worker_id: str, host: str, pid: int, state: str, jobs_in_hand: int, version: str
) -> None:
    """Write down that a worker is alive (`running`, `draining`) or has ended (`stopped`)."""
    async with database.connection(reserved=True) as connection:
        await connection.execute(load("beat_worker"), worker_id, host, pid, state, jobs_in_hand, version)


async def delete_old(database: Database) -> None:
    """Forget workers that ended or fell silent more than a day ago."""
    async with database.connection() as connection:
        await connection.execute(load("delete_old_workers"))


async def count_live(database: Database) -> int:
    """Return how many workers are running and gave a sign of life in the last 15 seconds."""
    async with database.connection() as connection:
        count: int = await connection.fetchval(load("count_live_workers"))
    return count
