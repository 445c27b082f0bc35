"""How many moves of jobs the database takes from one process: fenced, checked and told by an event, nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
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
from accessa.store.effects import Facts, JobMove, fenced_jobs
from accessa.store.jobs import JobPlan, claim_jobs, insert_job
from accessa.store.statements import load

_JOBS, _BATCH, _AT_ONCE = 2000, 20, 2
_LEASE_SECONDS = 600.0
_THOUSAND = 1000
Mover = Callable[[Database, Sequence[Job]], Awaitable[None]]
# The moves for which the database wants no rows of other tables.
CHAIN = (Status.PARSE_QUEUED, Status.PARSED, Status.PARSE_VALIDATED, Status.CHUNKING)


async def measure_moves(stack: BenchStack, watcher: Watcher, jobs: int = _JOBS) -> list[Figures]:
    """Claim jobs without content in batches of twenty, and take each batch through four moves.

    Once as a worker does, which commits moves together that are ready together, and once each move by itself.
    """
    database = Database(stack.ground.services.database, "accessa-bench")
    try:
        together = await _measure(stack, database, watcher, jobs, move_together)
        alone = await _measure(stack, database, watcher, jobs, move_one_by_one)
    finally:
        await database.close()
    return [Figures(MOVES, together | {f"{name}_alone": value for name, value in alone.items()})]


async def _measure(
    stack: BenchStack, database: Database, watcher: Watcher, count: int, move: Mover
) -> dict[str, float]:
    await make_jobs(database, count, move.__name__)
    watcher.tell(f"{MOVES}: moving {count} jobs {len(CHAIN)} times")
    before, cpu, begun = time.process_time(), stack.meter.read(), time.monotonic()
    moves = await move_all(database, move)
    seconds = time.monotonic() - begun
    postgres = used(cpu, stack.meter.read())["postgres"]
    return {
        "per_second": round(moves / seconds),
        "client_cpu_per_1000": round(_THOUSAND * (time.process_time() - before) / moves, 4),
        "postgres_cpu_per_1000": round(_THOUSAND * postgres / moves, 4),
    }


async def make_jobs(database: Database, count: int, of: str = "bench moves") -> None:
    """Make so many jobs of documents that have no file, so that nobody else must claim them."""
    plan = JobPlan("markdown-simple@1", "text-embedding-3-small", "1", 8)
    async with database.transaction() as connection:
        for row in await connection.fetch(load("bench_documents"), uuid5(NAMESPACE, of), count):
            await insert_job(connection, row["document_id"], plan)


async def move_all(database: Database, move: Mover) -> int:
    """Claim all that is due in batches, and take each batch through the moves; return how many there were."""
    return sum(await asyncio.gather(*(_work(database, f"bench:{place}", move) for place in range(_AT_ONCE))))


async def _work(database: Database, owner: str, move: Mover) -> int:
    moves = 0
    while jobs := await claim_jobs(database, owner=owner, lease_seconds=_LEASE_SECONDS, limit=_BATCH):
        await move(database, jobs)
        moves += len(jobs) * len(CHAIN)
    return moves


async def move_together(database: Database, jobs: Sequence[Job]) -> None:
    """Take a batch through all moves in one fenced transaction."""
    async with fenced_jobs(database, jobs, lease_seconds=_LEASE_SECONDS) as effect:
        await effect.advance([_walk(job) for job in effect.jobs.values()])


def _walk(job: Job) -> JobMove:
    walk = JobMove(job, CHAIN[0])
    for target in CHAIN[1:]:
        walk = walk.then(target, Facts())
    return walk


async def move_one_by_one(database: Database, jobs: Sequence[Job]) -> None:
    """Take a batch through each move in a fenced transaction of its own."""
    for target in CHAIN:
        async with fenced_jobs(database, jobs, lease_seconds=_LEASE_SECONDS) as effect:
            moved = await effect.advance([JobMove(job, target) for job in effect.jobs.values()])
        jobs = [move.done() for move in moved]
