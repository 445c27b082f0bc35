"""Chunk sets and their chunks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from accessa.domain.job import Job
from accessa.store.copying import copy_rows, field, field_count, uuid_length
from accessa.store.database import Connection, Database
from accessa.store.effects import columns
from accessa.store.statements import load
from accessa.store.vectors import by_model

_COLUMNS = (
    "document_id",
    "user_id",
    "set_id",
    "chunker_name",
    "chunker_version",
    "chunk_id",
    "chunk_ord",
    "chunk_sha",
    "text",
    "meta",
)
_JSONB_VERSION = b"\x01"


class ChunkRow(NamedTuple):
    """One chunk to be stored; `meta` is JSON and holds start, end, page, page_end, page_breaks and headings."""

    chunk_id: UUID
    ordinal: int
    sha256: str
    text: str
    meta: bytes


@dataclass(frozen=True, slots=True)
class UnembeddedChunk:
    """A chunk that still needs a vector, with its size in UTF-8 bytes."""

    ordinal: int
    chunk_id: UUID
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ChunkSet:
    """The set that one text, made by `provider`, makes under one chunker (name, version)."""

    set_id: UUID
    document_id: UUID
    parsed_sha256: str
    chunker: tuple[str, str]
    provider: str


async def open_chunk_sets(connection: Connection, sets: Sequence[ChunkSet]) -> set[UUID]:
    """Open sets and return the ids of the new ones; open ones are left as they are."""
    rows = [(one.set_id, one.document_id, one.parsed_sha256, *one.chunker, one.provider) for one in sets]
    found = await connection.fetch(load("open_chunk_sets"), *columns(rows))
    return {row["set_id"] for row in found if row["is_new"]}


async def insert_chunks(connection: Connection, job: Job, rows: Sequence[ChunkRow]) -> None:
    """Store chunks of a job's set; chunks already there are left as they are."""
    await insert_chunks_of_many(connection, [(job, rows)])


async def insert_chunks_of_many(
    connection: Connection, sets: Sequence[tuple[Job, Sequence[ChunkRow]]], new: Collection[UUID] = ()
) -> None:
    """Store chunks of several jobs' sets; chunks already there are left as they are.

    In sets that are `new`, opened in the same transaction, there are none, which costs less to write.
    """
    if fresh := [(job, part) for job, part in sets if part and job.require_set() in new]:
        await copy_rows(connection, "document_chunk_buffer", _COLUMNS, _copied(fresh))
    others = [(job, part) for job, part in sets if part and job.require_set() not in new]
    common = [(job.require_set(), job.document_id, job.user_id, *job.chunker) for job, _ in others]
    if rows := [(place, *row) for place, (_, part) in enumerate(others, 1) for row in part]:
        await connection.execute(load("insert_chunks"), *columns(common), *columns(rows))


def _copied(sets: Sequence[tuple[Job, Sequence[ChunkRow]]]) -> Iterator[bytes]:
    for job, part in sets:
        before = field_count(_COLUMNS) + field(job.document_id.bytes)
        before += field(job.user_id.bytes) + field(job.require_set().bytes)
        before += b"".join(field(value.encode()) for value in job.chunker) + uuid_length()
        for chunk_id, ordinal, sha256, text, meta in part:
            yield b"".join(
                (
                    before,
                    chunk_id.bytes,
                    field(ordinal.to_bytes(4, "big")),
                    field(sha256.encode()),
                    field(text.encode()),
                    field(_JSONB_VERSION + meta),
                )
            )


async def close_chunk_sets(connection: Connection, totals: Mapping[UUID, int]) -> None:
    """Say for each set how many chunks the whole of it has."""
    await connection.execute(load("close_chunk_sets"), list(totals), list(totals.values()))


async def select_unembedded(
    connection: Connection, jobs: Sequence[Job], provider: str
) -> dict[UUID, list[UnembeddedChunk]]:
    """Return for each job the chunks of its set without a vector of its model by the provider, in order."""
    missing: dict[UUID, list[UnembeddedChunk]] = {job.require_set(): [] for job in jobs}
    for (model, version), group in by_model(jobs).items():
        sets = [job.require_set() for job in group]
        for row in await connection.fetch(load("select_chunks_without_vector"), sets, model, version, provider):
            missing[row["set_id"]].append(UnembeddedChunk(row["chunk_ord"], row["chunk_id"], row["bytes"]))
    return {job.job_id: missing[job.require_set()] for job in jobs}


async def select_texts(database: Database, set_id: UUID, ordinals: Sequence[int]) -> list[tuple[UUID, str]]:
    """Return (chunk id, text) of the chunks at `ordinals`, in the order of the text."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("select_chunk_texts"), set_id, list(ordinals))
    return [(row["chunk_id"], row["text"]) for row in rows]
