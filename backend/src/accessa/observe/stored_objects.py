"""Looks whether the objects that rows name are in the storage, by what the storage itself tells of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accessa.domain.errors import PermanentError
from accessa.providers.storage import StorageClient
from accessa.store.database import Database
from accessa.store.inspections import NamedObject, list_documents, list_named_objects

_LOOKS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object that rows name, with the size that the storage tells; None when it is not there."""

    named: NamedObject
    size: int | None

    @property
    def is_sound(self) -> bool:
        """Whether it is there, in the size that a row knows."""
        return self.size is not None and self.named.bytes in {None, self.size}


async def look_up(storage: StorageClient, named: Iterable[NamedObject]) -> list[FoundObject]:
    """Ask the storage for each of the objects; raises `RecoverableError` when it does not answer."""
    gate = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def look(one: NamedObject) -> FoundObject:
        async with gate:
            return FoundObject(one, await _size(storage, one.path))

    return list(await asyncio.gather(*(look(one) for one in named)))


async def count_missing(storage: StorageClient, database: Database) -> int:
    """Return how many documents lack an object in the storage that their rows name.

    Raises `RecoverableError` when database or storage does not answer.
    """
    found = await look_up(storage, await list_named_objects(database, await list_documents(database)))
    return len({one.named.document_id for one in found if one.size is None})


async def list_unnamed(storage: StorageClient, prefixes: Sequence[str], named: Iterable[NamedObject]) -> list[str]:
    """Return the paths below `prefixes` that no row names, as a worker or an upload that was cut short leaves them."""
    known = {one.path for one in named}
    return [path for prefix in prefixes for path in await storage.list_paths(prefix) if path not in known]


async def _size(storage: StorageClient, path: str) -> int | None:
    try:
        return (await storage.info(path)).size
    except PermanentError:
        return None
