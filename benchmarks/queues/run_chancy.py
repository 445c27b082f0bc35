"""Chancy: the executor inside the event loop, polling eagerly, as its fastest way for jobs that wait."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import queue_measures
from chancy import Chancy, Job, Queue, Worker

_QUEUE = "default"


class ChancyQueue:
    """One open application."""

    def __init__(self, app: Chancy) -> None:
        """Name the job."""
        self._app = app
        self._job = Job.from_func(queue_measures.no_op, queue=_QUEUE)

    async def enqueue(self, count: int) -> None:
        """Push the jobs in its batches of a thousand."""
        async for _ in self._app.push_many([self._job] * count):
            pass

    async def enqueue_one(self) -> None:
        """Push one job."""
        await self._app.push(self._job)

    @asynccontextmanager
    async def worker(self, concurrency: int) -> AsyncIterator[None]:
        """Declare the queue with this concurrency, and run a worker until the context closes."""
        queue = Queue(
            _QUEUE, concurrency=concurrency, executor=Chancy.Executor.Async, eager_polling=True, polling_interval=1
        )
        await self._app.declare(queue, upsert=True)
        async with Worker(self._app, register_signal_handlers=False):
            yield


async def prepare(config: dict[str, Any]) -> ChancyQueue:
    """Open the application and make its schema."""
    log = logging.getLogger("chancy")
    log.setLevel(logging.WARNING)
    app = Chancy(config["database_url"], log=log)
    await app.pool.open()
    await app.migrate()
    return ChancyQueue(app)


if __name__ == "__main__":
    queue_measures.measure(prepare)
