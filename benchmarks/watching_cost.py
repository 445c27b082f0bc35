"""`python -m benchmarks.watching_cost`: what the monitoring costs Postgres while documents are taken in, and while not.

One JSON object a condition: processor seconds of the monitoring's connections as a share of one processor and of all of
Postgres, and what was completed meanwhile. The page is watched by a reader, and alerts are judged.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import psutil

from accessa.bench.corpus import SEED, Document, Writer
from accessa.bench.meter import cpu_seconds
from accessa.bench.uploading import upload
from accessa.domain.errors import UsageError
from accessa.drill.ground import Ground, own_ground
from accessa.settings import load_settings
from accessa.stack import read_state
from accessa.stack.service_table import local_services

_OF_MONITORING = "accessa-(monitoring|alerts)"
_UPLOADS_AT_ONCE = 4
_COMPLETED = "SELECT count(*) FROM upload_pipeline.upload_jobs WHERE status = 'complete'"
_UNFINISHED = (
    "SELECT EXISTS (SELECT FROM upload_pipeline.upload_jobs WHERE status <> 'complete' AND status NOT LIKE 'failed%')"
)
_QUICK = {
    "MOCK_OPENAI_DELAY": "0",
    "MOCK_LLAMAPARSE_DELAY": "0",
    "MOCK_OPENAI_FAILURE_RATE": "0",
    "MOCK_LLAMAPARSE_FAILURE_RATE": "0",
}


@dataclass(slots=True)
class Watched:
    """A running stack whose page is watched."""

    ground: Ground
    database: asyncpg.Connection
    postgres: psutil.Process

    async def measure(self, seconds: float) -> dict[str, Any]:
        """Return what the monitoring, and all of Postgres, used within so many seconds."""
        backends = await self._backends()
        before, all_before = _used(backends.values()), cpu_seconds(self.postgres)
        completed = await self._completed()
        await asyncio.sleep(seconds)
        completed = await self._completed() - completed
        if set(await self._backends()) != set(backends):
            raise UsageError("STACK_FAILED", "A connection of the monitoring ended while it was measured.")
        monitoring, everything = _used(backends.values()) - before, cpu_seconds(self.postgres) - all_before
        return {
            "seconds": seconds,
            "documents_completed": completed,
            "monitoring_percent_of_a_core": round(monitoring / seconds * 100, 3),
            "postgres_percent_of_a_core": round(everything / seconds * 100, 3),
            "monitoring_percent_of_postgres": round(monitoring / everything * 100, 3),
        }

    async def until_finished(self) -> None:
        """Wait until no job is on its way any more."""
        while await self.database.fetchval(_UNFINISHED):  # noqa: ASYNC110 - workers are other processes
            await asyncio.sleep(1)

    async def _backends(self) -> dict[int, psutil.Process]:
        rows = await self.database.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name ~ $1", f"^{_OF_MONITORING}$"
        )
        return {row["pid"]: psutil.Process(row["pid"]) for row in rows}

    async def _completed(self) -> int:
        return int(await self.database.fetchval(_COMPLETED))


async def main(seconds: float, characters: int) -> None:
    """Measure a stack under ingest, then the same one at rest."""
    _tell("starting a stack")
    with own_ground(load_settings(), 1, _tell, table=local_services, tuning=_QUICK, embeddings="lexical") as ground:
        async with _watched(ground) as watched:
            async with _ingest(ground, characters):
                _tell(f"documents of {characters} characters are taken in for {seconds:g} s")
                await asyncio.sleep(seconds / 4)
                _print("ingest", await watched.measure(seconds))
            _tell("what was taken in is finished, then it is at rest")
            await watched.until_finished()
            _print("rest", await watched.measure(seconds))


@asynccontextmanager
async def _watched(ground: Ground) -> AsyncIterator[Watched]:
    state = read_state(ground.stack)
    pid = next(service.pid for service in (state.services if state else []) if service.name == "postgres")
    reading = asyncio.create_task(_read_page(ground.addresses["MONITORING_URL"]))
    database = await asyncpg.connect(ground.addresses["DATABASE_URL"])
    try:
        yield Watched(ground, database, psutil.Process(pid))
    finally:
        await database.close()
        await _end([reading])


async def _read_page(url: str) -> None:
    async with (
        httpx.AsyncClient(base_url=url, timeout=None, trust_env=False) as client,  # noqa: S113 - a stream has no end
        client.stream("GET", "/api/stream") as answer,
    ):
        async for _ in answer.aiter_bytes():
            pass


@asynccontextmanager
async def _ingest(ground: Ground, characters: int) -> AsyncIterator[None]:
    """Upload new documents all the time, as many users do, until the block ends."""
    writer = Writer(SEED)

    async def go_on() -> None:
        async with httpx.AsyncClient(base_url=ground.addresses["API_URL"], timeout=60, trust_env=False) as client:
            while True:
                content = f"# {uuid4().hex}\n\n".encode() + writer.markdown(characters)
                await upload(client, uuid4(), Document("watched.md", content))

    tasks = [asyncio.create_task(go_on()) for _ in range(_UPLOADS_AT_ONCE)]
    try:
        yield
    finally:
        await _end(tasks)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


def _used(processes: Iterable[psutil.Process]) -> float:
    return sum(cpu_seconds(process) for process in processes)


def _print(condition: str, measured: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"condition": condition, **measured}) + "\n")
    sys.stdout.flush()


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching_cost")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--characters", type=int, default=4_000, help="length of each document")
    options = parser.parse_args()
    asyncio.run(main(options.seconds, options.characters))
