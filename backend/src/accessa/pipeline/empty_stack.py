"""Empties a local stack while its processes run on: storage, database, simulators."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

import httpx

from accessa.domain.addresses import is_loopback, trust_for
from accessa.domain.errors import RecoverableError
from accessa.pipeline.services import storage_client
from accessa.providers.storage import BUCKETS, StorageClient, owner_of
from accessa.settings import Settings
from accessa.store import migrate
from accessa.store.database import Database
from accessa.store.deletions import select_ownerless
from accessa.store.workers import list_busy

_TIMEOUT = httpx.Timeout(60, connect=5)
_PAUSE_SECONDS = 0.1
_EMPTYING_SECONDS = 60.0
# Longer than a worker's pause between signs of life, and than most steps of a stage.
_IDLE_SECONDS = 30.0
# The only bucket that workers write to. An upload stores its file in the other one before it has a row.
_OF_WORKERS = "parsed"


@dataclass(frozen=True, slots=True)
class EmptiedPart:
    """One part of the stack, and what of it was emptied, in words and in figures."""

    name: str
    sentence: str
    figures: dict[str, object] = field(default_factory=dict)


async def empty_stack(settings: Settings) -> AsyncIterator[EmptiedPart]:
    """Empty one part after the other, and tell of each.

    The storage comes before the database: a file without a row harms nobody, but a document that is uploaded meanwhile
    must not lose its file. What workers still store of documents that are gone is removed in the end.
    """
    async with storage_client(settings.storage) as storage:
        objects = await _empty_buckets(storage)
        yield EmptiedPart("storage", f"{objects:,} objects deleted", {"objects": objects})
        emptied = await asyncio.to_thread(migrate.reset, settings.database.url.get_secret_value())
        yield _database_part(emptied)
        for name, url in (("mock-llamaparse", settings.parse.base_url), ("mock-openai", settings.openai.base_url)):
            yield EmptiedPart(name, await _reset_simulator(url))
        if emptied.holders:
            yield await _see_workers_off(settings, storage, emptied.holders)


def _database_part(emptied: migrate.Emptied) -> EmptiedPart:
    figures = {"documents": emptied.documents, "jobs": emptied.jobs, "vectors": emptied.vectors}
    told = ", ".join(f"{number:,} {name}" for name, number in figures.items())
    sentence = f"{told} deleted; the schema is new, at revision {emptied.revision}"
    if emptied.holders:
        sentence += ". Waiting until workers have dropped what they had in hand"
    return EmptiedPart("database", sentence, {**figures, "revision": emptied.revision})


async def _empty_buckets(storage: StorageClient) -> int:
    """Empty our buckets, and return how many objects were in them; the hosted service may take a while for it."""
    count = 0
    for bucket in await storage.find_buckets(BUCKETS):
        there = set(await storage.list_bucket(bucket))
        await storage.empty_bucket(bucket)
        deadline = time.monotonic() + _EMPTYING_SECONDS
        while there & set(await storage.list_bucket(bucket)):
            if time.monotonic() > deadline:
                sentence = f"The storage was told to empty {bucket} and has not done so in {_EMPTYING_SECONDS:.0f} s."
                raise RecoverableError("STORAGE_UNAVAILABLE", f"{sentence} The database was left alone; try again.")
            await asyncio.sleep(_PAUSE_SECONDS)
        count += len(there)
    return count


async def _reset_simulator(url: str) -> str:
    """Have a simulator forget its state, its faults and its bill, and tell that; a real provider is left alone."""
    if not is_loopback(url):
        return "left alone, as it is not on this machine"
    base = url.rstrip("/").removesuffix("/v1")
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, verify=trust_for(base)) as client:
            answer = await client.post(f"{base}/_control/reset")
    except (httpx.HTTPError, httpx.InvalidURL):
        raise RecoverableError("SIMULATOR_UNREACHABLE") from None
    return "its files, orders, faults and bill are forgotten" if answer.is_success else "left alone: no simulator"


async def _see_workers_off(settings: Settings, storage: StorageClient, workers: Collection[str]) -> EmptiedPart:
    database = Database(settings.database, "accessa-reset", environment=settings.runtime.environment)
    try:
        idle = await _wait_for_idle(database, workers)
        strays = await _remove_strays(storage, database)
    finally:
        await database.close()
    sentence = f"what was in hand is dropped, {strays:,} late objects deleted"
    if not idle:
        sentence = f"some are still at work after {_IDLE_SECONDS:.0f} s; to end that: accessa restart base-worker"
    return EmptiedPart("workers", sentence, {"idle": idle, "late_objects": strays})


async def _wait_for_idle(database: Database, workers: Collection[str]) -> bool:
    """Wait until these workers have dropped the jobs in their hands whose rows are gone."""
    began = time.monotonic()
    while await list_busy(database, workers, since_seconds=time.monotonic() - began):
        if time.monotonic() - began > _IDLE_SECONDS:
            return False
        await asyncio.sleep(_PAUSE_SECONDS)
    return True


async def _remove_strays(storage: StorageClient, database: Database) -> int:
    """Remove the texts of documents that are gone, which workers stored that had them in hand; return how many."""
    owners = {path: owner_of(path) for path in await storage.list_bucket(_OF_WORKERS)}
    documents = {path: owner[1] for path, owner in owners.items() if owner}
    async with database.connection() as connection:
        ownerless = await select_ownerless(connection, list(set(documents.values())))
    return await storage.delete(path for path, document in documents.items() if document in ownerless)
