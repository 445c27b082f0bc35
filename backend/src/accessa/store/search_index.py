"""The search indexes: which there are, and the steps by which a duty of the workers keeps them.

Each is one user's copy of vectors, with an HNSW index on it. The table that ingestion writes to has no such index.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import filled, load

# Those who search or delete at this moment are waited for so long.
_LOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class VectorKind:
    """What vectors have to have in common to be compared."""

    model: str
    version: str
    provider: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """One index; `type` is the database's name for its vectors, `halfvec` wherever the extension has it."""

    index_id: int
    dimensions: int
    type: str

    def fill(self, name: str, **numbers: int) -> str:
        """Return the statement `name` for this index: its table and the form of its vectors are no parameters."""
        return filled(name, index_id=int(self.index_id), dimensions=int(self.dimensions), type=self.type, **numbers)


async def find_index(connection: Connection, user_id: UUID, kind: VectorKind) -> SearchIndex | None:
    """Return the user's index of this kind of vectors, if there is one."""
    row = await connection.fetchrow(load("find_search_index"), user_id, *_values(kind))
    return SearchIndex(**row) if row else None


@asynccontextmanager
async def index_turn(database: Database) -> AsyncIterator[Connection | None]:
    """Open a transaction in which no other worker sees to the indexes; None while another one does."""
    async with database.transaction() as connection:
        yield connection if await connection.fetchval(load("take_search_index_turn")) else None


async def users_without_index(connection: Connection, kind: VectorKind, *, least: int) -> list[UUID]:
    """Return the users who have `least` live vectors of this kind and no index, those with most first."""
    rows = await connection.fetch(load("find_needed_search_indexes"), *_values(kind), least)
    return [row["user_id"] for row in rows]


async def needless_indexes(connection: Connection, *, least: int | None) -> list[int]:
    """Return the indexes of users who have fewer live vectors than `least`; all of them where that is None."""
    return [row["index_id"] for row in await connection.fetch(load("find_needless_search_indexes"), least)]


async def open_indexes(connection: Connection, kind: VectorKind) -> list[int]:
    """Return the indexes of this kind of vectors."""
    return [row["index_id"] for row in await connection.fetch(load("list_search_indexes_of_kind"), *_values(kind))]


async def create_index(connection: Connection, user_id: UUID, kind: VectorKind, *, built_later: bool) -> int:
    """Make an empty index and return its number; to copy vectors into it is the next thing.

    One that is `built_later`, over all copies at once, costs a third to a fifth of one that grows vector by vector.
    """
    await _limit_lock_time(connection)
    index = SearchIndex(**await connection.fetchrow(load("insert_search_index"), user_id, *_values(kind)))
    await connection.execute(index.fill("create_index_partition"))
    if not built_later:
        await connection.execute(index.fill("create_nearest_index"))
        await connection.execute(load("end_index_build"), index.index_id)
    return index.index_id


async def drop_index(connection: Connection, index_id: int) -> None:
    """Remove an index with its copies."""
    await _limit_lock_time(connection)
    await connection.execute(filled("drop_index_partition", index_id=int(index_id)))
    await connection.execute(load("delete_search_index"), index_id)


async def open_sets(connection: Connection, index_id: int, *, most: int) -> int:
    """Enter live sets that an index lacks, to be copied; return how many."""
    done: str = await connection.execute(load("open_indexed_sets"), index_id, most)
    return int(done.rsplit(" ", 1)[-1])


async def copy_vectors(connection: Connection, indexes: Sequence[int], *, most: int) -> int:
    """Copy up to `most` vectors of entered sets; return how many. A set that is copied to its end is complete."""
    copied = 0
    for index_id in indexes:
        while copied < most:
            set_id = await connection.fetchval(load("lock_open_indexed_set"), index_id)
            if set_id is None:
                break
            copied += await connection.fetchval(load("copy_vectors_to_index"), index_id, set_id, most - copied)
    return copied


async def work_is_due(connection: Connection) -> bool:
    """Tell whether documents are being ingested, or wait for a worker."""
    due: bool = await connection.fetchval(load("work_is_due"))
    return due


async def _limit_lock_time(connection: Connection) -> None:
    await connection.execute(load("limit_lock_time"), f"{_LOCK_SECONDS:g}s")


def _values(kind: VectorKind) -> tuple[str, str, str, int]:
    return kind.model, kind.version, kind.provider, kind.dimensions
