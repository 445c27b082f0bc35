"""The search index: copies of the live vectors of users who have many, kept by a duty of the workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import DateTime, ForeignKeyConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import SCHEMA, Base, Count, TimestampNow, child_of, made_by


class SearchIndex(Base):
    """One index: the vectors of one user by one model, version and provider, all of `dimensions` numbers.

    A worker that builds it may take until `build_until`; searches go through it once it is built.
    """

    __tablename__ = "search_indexes"
    __table_args__ = (
        UniqueConstraint(
            *("user_id", "embed_model", "embed_version", "provider", "dimensions"),
            name="search_indexes_one_per_user_and_kind",
        ),
    )

    index_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[UUID]
    embed_model: Mapped[str]
    embed_version: Mapped[str]
    provider: Mapped[str] = mapped_column(made_by())
    dimensions: Mapped[int]
    created_at: Mapped[TimestampNow]
    build_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    built_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class IndexedSet(Base):
    """A live set whose vectors are copied in the order of their chunk ids, up to `copied_to` so far."""

    __tablename__ = "indexed_sets"
    __table_args__ = (
        Index("idx_indexed_sets_set", "set_id"),
        Index("idx_indexed_sets_document", "document_id"),
        Index("idx_indexed_sets_open", "index_id", postgresql_where=text("NOT complete")),
    )

    index_id: Mapped[int] = mapped_column(child_of("search_indexes.index_id"), primary_key=True)
    set_id: Mapped[UUID] = mapped_column(child_of("chunk_sets.set_id"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(child_of("documents.document_id"))
    copied_to: Mapped[UUID | None]
    vectors: Mapped[Count]
    complete: Mapped[bool] = mapped_column(server_default=text("false"))


class IndexedVector(Base):
    """A copy of one vector in half precision; each index has a partition with an HNSW index on it."""

    __tablename__ = "indexed_vectors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["index_id", "set_id"],
            [f"{SCHEMA}.indexed_sets.index_id", f"{SCHEMA}.indexed_sets.set_id"],
            name="indexed_vectors_of_a_set",
            ondelete="CASCADE",
        ),
        {"postgresql_partition_by": "LIST (index_id)"},
    )

    index_id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    chunk_id: Mapped[UUID] = mapped_column(primary_key=True)
    vector: Mapped[Any] = mapped_column(HALFVEC())
