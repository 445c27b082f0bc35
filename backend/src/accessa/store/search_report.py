"""What there is of search indexes, and how far each is filled."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accessa.store.database import Database
from accessa.store.search_index import VectorKind
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class IndexReport:
    """One index: how many live vectors its user has, how many of them are copied, and its size in bytes, all told."""

    index_id: int
    user_id: UUID
    kind: VectorKind
    vectors: int
    copied: int
    documents: int
    documents_complete: int
    bytes: int
    built: bool

    @property
    def share(self) -> float:
        """Part of the vectors that is copied; 1 when none is missing."""
        return self.copied / self.vectors if self.vectors else 1.0


async def list_indexes(database: Database) -> list[IndexReport]:
    """Return every index, the oldest first."""
    async with database.connection() as connection:
        rows = await connection.fetch(load("list_search_indexes"))
    names = ("index_id", "user_id", "vectors", "copied", "documents", "documents_complete", "bytes", "built")
    return [
        IndexReport(
            kind=VectorKind(row["embed_model"], row["embed_version"], row["provider"], row["dimensions"]),
            **{name: row[name] for name in names},
        )
        for row in rows
    ]
