"""How many moves of jobs the database takes from one process: fenced, checked and told by an event, nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import uuid5

from accessa.bench.bench_stack import BenchStack
from accessa.bench.conditions import MOVES
from accessa.bench.meter import used
from accessa.bench.results import Figures
from accessa.bench.watching import Watcher
from accessa.domain.ids import NAMESPACE
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.store.database import Database
from accessa.store.effects import JobMove, fenced_jobs
from accessa.store.jobs import JobPlan, claim_jobs, insert_job
from accessa.store.statements import load

_USER = uuid5(NAMESPACE, "bench moves")
_JOBS, _BATCH, _AT_ONCE = 2000, 20, 2
_LEASE_SECONDS = 600.0
_THOUSAND = 1000
# The moves for which the database wants no rows of other tables.
CHAIN = (Status.PARSE_QUEUED, Status.PARSED, Status.PARSE_VALIDATED, Status.CHUNKING)


async def measure_moves(stack: BenchStack, watcher: Watcher, jobs: int = _JOBS) -> list[Figures]:
    """Claim jobs without content in batches of twenty, and take each batch through four moves."""
    database = Database(stack.ground.services.database, "accessa-bench")
    try:
        await make_jobs(database, jobs)
        watcher.tell(f"{MOVES}: moving {jobs} jobs {len(CHAIN)} times")
        before, cpu, begun = time.process_time(), stack.meter.read(), time.monotonic()
        moves = await move_all(database)
        seconds = time.monotonic() - begun
        postgres = used(cpu, stack.meter.read())["postgres"]
        return [
            Figures(
                MOVES,
                {
                    "per_second": round(moves / seconds),
                    "client_cpu_per_1000": round(_THOUSAND * (time.process_time() - before) / moves, 4),
                    "postgres_cpu_per_1000": round(_THOUSAND * postgres / moves, 4),
                },
            )
        ]
    finally:
        await database.close()


async def make_jobs(database: Database, count: int) -> None:
    """Make so many jobs of documents that have no file, so that nobody else must claim them."""
    plan = JobPlan("markdown-simple@1", "text-embedding-3-small", "1", 8)
    async with database.transaction() as connection:
        for row in await connection.fetch(load("bench_documents"), _USER, count):
            await insert_job(connection, row["document_id"], plan)


async def move_all(database: Database) -> int:
    """Claim all that is due in batches, and take each batch through the moves; return how many there were."""
    return sum(await asyncio.gather(*(_work(database, f"bench:{place}") for place in range(_AT_ONCE))))


async def _work(database: Database, owner: str) -> int:
    moves = 0
    while jobs := await claim_jobs(database, owner=owner, lease_seconds=_LEASE_SECONDS, limit=_BATCH):
        for target in CHAIN:
            jobs = await _moved(database, jobs, target)
            moves += len(jobs)
    return moves


async def _moved(database: Database, jobs: Sequence[Job], target: Status) -> list[Job]:
    """Move a batch as a worker does: all of it in one fenced transaction."""
    async with fenced_jobs(database, jobs, lease_seconds=_LEASE_SECONDS) as effect:
        moved = await effect.advance([JobMove(job, target) for job in effect.jobs.values()])
    return [move.done() for move in moved]
