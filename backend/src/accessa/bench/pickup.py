"""How soon a worker takes up a job that comes while the system is idle, with the doorbell and without."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from uuid import uuid5

import asyncpg
import httpx
from asyncpg.prepared_stmt import PreparedStatement

from accessa.bench.bench_stack import BenchStack
from accessa.bench.conditions import PICKUP
from accessa.bench.corpus import write_corpus
from accessa.bench.results import Figures
from accessa.bench.uploading import upload
from accessa.bench.watching import Watcher
from accessa.domain.addresses import trust_for
from accessa.domain.ids import NAMESPACE
from accessa.store.statements import load

_USER = uuid5(NAMESPACE, "bench pick-up")
_RUNG, _POLLED = 60, 12
_MILLISECONDS = 1000
_LOOK_SECONDS = 0.0003
_LONGEST_SECONDS = 60.0
_REST_SECONDS = 0.15  # longer than the doorbell is silent after a ring
_LONGEST_JITTER = 1.1
_WITHOUT_DOORBELL = {"DATABASE_POOLER": "transaction"}


async def measure_pickup(stack: BenchStack, seed: int, watcher: Watcher) -> list[Figures]:
    """Upload small documents one by one, each when nothing else is left to do; milliseconds from commit to claim."""
    with_bell = await _pickups(stack, _RUNG, seed, watcher, {})
    without = await _pickups(stack, _POLLED, seed + 1, watcher, _WITHOUT_DOORBELL)
    poll = stack.ground.services.worker.poll_seconds * _LONGEST_JITTER * _MILLISECONDS
    return [
        Figures(
            PICKUP,
            {
                "p50_ms": round(statistics.median(with_bell), 2),
                "p95_ms": round(_percentile(with_bell, 0.95), 2),
                "polled_longest_ms": round(max(without), 1),
                "poll_interval_ms": round(poll),
                "polled_over": round(max(without) / poll, 3),
            },
        )
    ]


async def _pickups(
    stack: BenchStack, count: int, seed: int, watcher: Watcher, environment: dict[str, str]
) -> list[float]:
    url = stack.ground.addresses["API_URL"]
    documents = write_corpus("tiny", documents=count, seed=seed)
    await stack.workers.start(1, environment)
    connection = await asyncpg.connect(stack.database_url, ssl=False)
    waits: list[float] = []
    try:
        jobs = _Jobs(await connection.prepare(load("bench_pickup")))
        known = (await jobs.look())["jobs"]
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=trust_for(url)) as client:
            for place, document in enumerate(documents, 1):
                await asyncio.sleep(_REST_SECONDS)
                sending = asyncio.create_task(upload(client, _USER, document))
                seen = await jobs.when(_has_jobs(known + place))
                claimed = await jobs.when(lambda row: not row["unclaimed"])
                waits.append((claimed - seen) * _MILLISECONDS)
                await sending
                await jobs.when(lambda row: row["ended"] == row["jobs"])
                watcher.moved("jobs picked up", place, count)
    finally:
        await connection.close()
        stack.workers.stop()
    return waits[1:]  # the first finds nothing in any cache


class _Jobs:
    """Looks at the jobs all the time: what is told is from when the database shows it to others."""

    def __init__(self, statement: PreparedStatement) -> None:
        self._statement = statement

    async def look(self) -> Mapping[str, int]:
        row: Mapping[str, int] = await self._statement.fetchrow(_USER)
        return row

    async def when(self, holds: Callable[[Mapping[str, int]], bool]) -> float:
        """Return the time when `holds` came to hold; raises `TimeoutError`."""
        async with asyncio.timeout(_LONGEST_SECONDS):
            while not holds(await self.look()):  # noqa: ASYNC110 - the state of other processes
                await asyncio.sleep(_LOOK_SECONDS)
        return time.monotonic()


def _has_jobs(count: int) -> Callable[[Mapping[str, int]], bool]:
    return lambda row: row["jobs"] == count


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
