"""What is measured of a queue: bulk enqueueing, no-op jobs a second, and how soon a worker that waits picks one up."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

sys.path.append(str(Path(__file__).resolve().parents[1] / "peers"))  # a runner is a script: it has no package

from contract import Result, Work, take_part

_PICKUPS = 100
_PICKUP_CONCURRENCY = 10
_PAUSE_BETWEEN_PICKUPS = 0.02
_LONGEST_SILENCE = 60.0


class MeasuredQueue(Protocol):
    """What a runner offers."""

    async def enqueue(self, count: int) -> None:
        """Commit `count` jobs by the queue's bulk call."""

    async def enqueue_one(self) -> None:
        """Commit one job by the queue's usual call, which rings its bell."""

    def worker(self, concurrency: int) -> AbstractAsyncContextManager[None]:
        """Run a worker with so many jobs at once, for as long as the context is open."""


class Handled:
    """The times at which jobs were handled, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._arrived = asyncio.Event()

    def note(self) -> None:
        """Note that a job is handled now."""
        self.times.append(time.perf_counter())
        self._arrived.set()

    async def wait_for(self, count: int) -> None:
        """Return when `count` jobs are handled; raises `TimeoutError` when none comes for a minute."""
        while len(self.times) < count:
            self._arrived.clear()
            await asyncio.wait_for(self._arrived.wait(), _LONGEST_SILENCE)


handled = Handled()


async def no_op() -> None:
    """Do what every measured job does: tell that it ran."""
    handled.note()


def measure(prepare: Callable[[dict[str, Any]], Awaitable[MeasuredQueue]]) -> None:
    """Take part as a measured queue; `prepare` makes the schema and returns the queue."""

    async def prepared(config: dict[str, Any]) -> Work:
        queue = await prepare(config)

        async def work() -> Result:
            return await _measures(queue, config)

        return work

    take_part(prepared)


async def _measures(queue: MeasuredQueue, config: dict[str, Any]) -> Result:
    enqueued, rates = [], {}
    for concurrency in config["concurrency"]:
        enqueued.append(await _enqueue_rate(queue, config["jobs"]))
        rates[str(concurrency)] = await _handling_rate(queue, config["jobs"], concurrency)
    return {
        "enqueue_per_s": round(statistics.median(enqueued)),
        "jobs_per_s": rates,
        "pickup_ms": await _pickup(queue),
    }


async def _enqueue_rate(queue: MeasuredQueue, jobs: int) -> float:
    started = time.perf_counter()
    await queue.enqueue(jobs)
    return jobs / (time.perf_counter() - started)


async def _handling_rate(queue: MeasuredQueue, jobs: int, concurrency: int) -> int:
    """Return jobs a second from the first to the last handled, which leaves the start of the worker out."""
    handled.times.clear()
    async with queue.worker(concurrency):
        await handled.wait_for(jobs)
    return round((jobs - 1) / (handled.times[-1] - handled.times[0]))


async def _pickup(queue: MeasuredQueue) -> dict[str, float]:
    """Return how long one job takes from the call that enqueues it to its handler, on an idle worker, in ms."""
    waits = []
    handled.times.clear()
    async with queue.worker(_PICKUP_CONCURRENCY):
        await _one(queue)  # the first waits for the worker to start
        for _ in range(_PICKUPS):
            await asyncio.sleep(_PAUSE_BETWEEN_PICKUPS)
            waits.append(await _one(queue))
    centiles = statistics.quantiles(waits, n=100)
    return {"p50": round(centiles[49], 2), "p95": round(centiles[94], 2)}


async def _one(queue: MeasuredQueue) -> float:
    handled.times.clear()
    started = time.perf_counter()
    await queue.enqueue_one()
    await handled.wait_for(1)
    return (handled.times[0] - started) * 1_000
