"""Chunk sets and their chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One chunk to be stored; `meta` holds start, end, page, page_end and headings."""

    chunk_id: UUID
    ordinal: int
    sha256: str
    text: str
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class UnembeddedChunk:
    """A chunk that still needs a vector, with its size in UTF-8 bytes."""

    ordinal: int
    chunk_id: UUID
    size_bytes: int


async def open_chunk_set(
    connection: Connection,
    set_id: UUID,
    document_id: UUID,
    parsed_sha256: str,
    chunker: tuple[str, str],
    *,
    provider: str,
) -> None:
    """Open the set of one text, made by `provider`, under one chunker (name, version); an open one is left as it is."""
    await connection.execute(load("open_chunk_set"), set_id, document_id, parsed_sha256, *chunker, provider)


async def insert_chunks(
    connection: Connection, set_id: UUID, document_id: UUID, chunker: tuple[str, str], rows: Sequence[ChunkRow]
) -> None:
    """Store chunks of a set; chunks already there are left as they are."""
    await connection.executemany(
        load("insert_chunk"),
        [(set_id, row.chunk_id, document_id, row.ordinal, *chunker, row.sha256, row.text, row.meta) for row in rows],
    )


async def close_chunk_set(connection: Connection, set_id: UUID, chunks_total: int) -> None:
    """Say how many chunks the whole set has."""
    await connection.execute(load("close_chunk_set"), set_id, chunks_total)


async def select_unembedded(
    connection: Connection, set_id: UUID, model: str, version: str, provider: str
) -> list[UnembeddedChunk]:
    """Return the chunks of a set without a vector of the model by the provider, in order."""
    rows = await connection.fetch(load("select_chunks_without_vector"), set_id, model, version, provider)
    return [UnembeddedChunk(row["chunk_ord"], row["chunk_id"], row["bytes"]) for row in rows]


async def select_texts(database: Database, set_id: UUID, ordinals: Sequence[int]) -> list[tuple[UUID, str]]:
    """Return (chunk id, text) of the chunks at `ordinals`, in their order."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("select_chunk_texts"), set_id, list(ordinals))
    return [(row["chunk_id"], row["text"]) for row in rows]
