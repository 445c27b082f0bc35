"""What a developer looks at of one document, whoever it belongs to: rows, figures, and the objects that rows name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.statements import load

_DOCUMENTS_AT_ONCE = 1000

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class NamedObject:
    """An object of the storage that a document's rows name; `bytes` is its size where a row knows it."""

    document_id: UUID
    path: str
    kind: str
    bytes: int | None


async def find_document_of_any_id(connection: Connection, subject: UUID) -> tuple[UUID, UUID | None] | None:
    """Return the document that an id leads to, with its user, who is None where only events of it are left."""
    row = await connection.fetchrow(load("find_document_of_any_id"), subject)
    return None if row is None else (row["document_id"], row["user_id"])


async def measure_chunk_sets(connection: Connection, document_id: UUID) -> Rows:
    """Return the chunk sets of a document with counts, sizes and pages of their chunks, the newest last."""
    rows: Rows = await connection.fetch(load("measure_chunk_sets"), document_id)
    return rows


async def measure_vectors(connection: Connection, document_id: UUID) -> Rows:
    """Return counts, dimensions and lengths of a document's vectors by set, model, version and maker."""
    rows: Rows = await connection.fetch(load("measure_vectors"), document_id)
    return rows


async def list_named_objects(database: Database, documents: Sequence[UUID]) -> list[NamedObject]:
    """Return the objects of the storage that rows of these documents name."""
    named: list[NamedObject] = []
    for start in range(0, len(documents), _DOCUMENTS_AT_ONCE):
        part = documents[start : start + _DOCUMENTS_AT_ONCE]
        async with database.connection() as connection:
            named += [NamedObject(**row) for row in await connection.fetch(load("list_named_objects"), part)]
    return named


async def list_documents(database: Database) -> list[UUID]:
    """Return the ids of all documents of all users."""
    async with database.connection() as connection:
        return [row["document_id"] for row in await connection.fetch(load("list_raw_files"), None)]
