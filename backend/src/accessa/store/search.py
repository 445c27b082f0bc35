"""Search over the live sets of one user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accessa.store.database import Database
from accessa.store.statements import load


async def nearest_chunks(
    database: Database, user_id: UUID, vector: bytes, *, model: str, version: str, provider: str, limit: int
) -> Sequence[Mapping[str, Any]]:
    """Return the chunks nearest to `vector` (pgvector wire form) by cosine, best first; exact, not approximate."""
    async with database.connection() as connection:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(
            load("search_chunks"), user_id, vector, model, version, provider, limit
        )
    return rows


async def count_documents(
    database: Database, user_id: UUID, *, model: str, version: str, provider: str
) -> tuple[int, int]:
    """Return how many live documents of the user can be searched, and how many have vectors of others.

    Vectors compare only with those of the same model, version and provider.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(load("count_searchable_documents"), user_id, model, version, provider)
    return row["searched"], row["skipped"]
