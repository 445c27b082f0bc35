"""PgQueuer on asyncpg: jobs fetched in batches as large as the concurrency, woken by its own notifications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import queue_measures
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

_ENTRYPOINT = "no_op"


class PgQueuerQueue:
    """A producer's connection, and the address for workers, which have one each."""

    def __init__(self, producer: Queries, database_url: str) -> None:
        """Remember both."""
        self._producer = producer
        self._database_url = database_url

    async def enqueue(self, count: int) -> None:
        """Enqueue the jobs in one call."""
        await self._producer.enqueue([_ENTRYPOINT] * count, [None] * count, [0] * count)

    async def enqueue_one(self) -> None:
        """Enqueue one job."""
        await self._producer.enqueue(_ENTRYPOINT, None)

    @asynccontextmanager
    async def worker(self, concurrency: int) -> AsyncIterator[None]:
        """Run a worker until the context closes."""
        connection = await asyncpg.connect(self._database_url)
        queuer = PgQueuer(AsyncpgDriver(connection))

        @queuer.entrypoint(_ENTRYPOINT)
        async def work(_: Job) -> None:
            await queue_measures.no_op()

        running = asyncio.create_task(queuer.run(batch_size=concurrency))
        yield
        queuer.shutdown.set()
        await running
        await connection.close()


async def prepare(config: dict[str, Any]) -> PgQueuerQueue:
    """Connect and make the schema."""
    producer = Queries(AsyncpgDriver(await asyncpg.connect(config["database_url"])))
    await producer.install()
    return PgQueuerQueue(producer, config["database_url"])


if __name__ == "__main__":
    queue_measures.measure(prepare)
