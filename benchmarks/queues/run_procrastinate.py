"""Procrastinate: an async task, deferred in batches, and a worker that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import procrastinate
import queue_measures

_CONNECTIONS = 20


class ProcrastinateQueue:
    """One open application."""

    def __init__(self, app: procrastinate.App) -> None:
        """Register the task."""
        self._app = app
        self._task = app.task(name="no_op")(queue_measures.no_op)

    async def enqueue(self, count: int) -> None:
        """Defer the jobs in one batch."""
        await self._task.batch_defer_async(*({} for _ in range(count)))

    async def enqueue_one(self) -> None:
        """Defer one job."""
        await self._task.defer_async()

    @asynccontextmanager
    async def worker(self, concurrency: int) -> AsyncIterator[None]:
        """Run a worker until the context closes."""
        worker = asyncio.create_task(self._app.run_worker_async(concurrency=concurrency, install_signal_handlers=False))
        yield
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def prepare(config: dict[str, Any]) -> ProcrastinateQueue:
    """Open the application and make its schema."""
    connector = procrastinate.PsycopgConnector(conninfo=config["database_url"], max_size=_CONNECTIONS)
    app = procrastinate.App(connector=connector)
    await app.open_async()
    await app.schema_manager.apply_schema_async()
    return ProcrastinateQueue(app)


if __name__ == "__main__":
    queue_measures.measure(prepare)
