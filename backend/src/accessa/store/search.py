"""Search over the live sets of one user: through the user's index where there is one, else over every vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.store.database import Connection, Database
from accessa.store.search_index import VectorKind, find_index
from accessa.store.statements import load

Rows = Sequence[Mapping[str, Any]]

# A look at twice as many as are wanted finds nearly all of them; pgvector looks at no more than so many.
_LOOKED_AT_PER_ROW = 2
_MOST_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: the `limit` chunks of a user nearest to `vector` (pgvector wire form), of one kind."""

    user_id: UUID
    vector: bytes
    kind: VectorKind
    limit: int


async def nearest_chunks(database: Database, question: Question, *, through_index: bool = True) -> Rows:
    """Return the chunks nearest to the question's vector by cosine, best first.

    Their similarity is exact in any case. Which they are may be approximate when the user has an index; vectors that
    are not in it yet are all compared. An index that gives too little is passed over.
    """
    if through_index and question.limit <= _MOST_LOOKED_AT:
        rows = await _nearest_indexed(database, question)
        if rows is not None:
            return rows
    async with database.connection() as connection:
        return await _nearest(connection, load("search_chunks"), question)


async def _nearest_indexed(database: Database, question: Question) -> Rows | None:
    """Return the nearest chunks, or None without an index that has as many candidates as are asked for."""
    async with database.connection() as connection:
        index = await find_index(connection, question.user_id, question.kind)
    if index is None:
        return None
    looked_at = min(question.limit * _LOOKED_AT_PER_ROW, _MOST_LOOKED_AT)
    async with database.transaction() as connection:
        await connection.execute(load("prefer_search_index"), question.vector, looked_at)
        rows = await _nearest(connection, index.fill("search_indexed_chunks", most=question.limit), question)
    return rows if rows and rows[0]["candidates"] >= question.limit else None


async def _nearest(connection: Connection, statement: str, question: Question) -> Rows:
    kind = question.kind
    rows: Rows = await connection.fetch(
        statement, question.user_id, question.vector, kind.model, kind.version, kind.provider, question.limit
    )
    return rows


async def count_documents(database: Database, user_id: UUID, kind: VectorKind) -> tuple[int, int]:
    """Return how many live documents of the user can be searched, and how many have vectors of others.

    Vectors compare only with those of the same model, version and provider.
    """
    async with database.connection() as connection:
        row = await connection.fetchrow(
            load("count_searchable_documents"), user_id, kind.model, kind.version, kind.provider
        )
    return row["searched"], row["skipped"]
