"""Chunks and vectors; users read them through the views, which show live sets only.

What foreign keys would promise, triggers hold for whole statements: see `migrations/versions/0005/rows.ddl`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import Base, JsonObject, TimestampNow


class DocumentChunk(Base):
    """One chunk of a set; `meta` holds start, end, page, page_end and headings.

    `user_id`, whose document it is of, is what texts are looked up by; chunks of versions before name none.
    """

    __tablename__ = "document_chunk_buffer"
    __table_args__ = (
        UniqueConstraint("set_id", "chunk_ord", name="document_chunk_buffer_one_per_ord"),
        Index("idx_document_chunk_buffer_document", "document_id"),
        Index("idx_document_chunk_buffer_sha_user", "chunk_sha", "user_id"),
    )

    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    chunk_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    chunk_ord: Mapped[int]
    chunker_name: Mapped[str]
    chunker_version: Mapped[str]
    chunk_sha: Mapped[str]
    text: Mapped[str]
    meta: Mapped[JsonObject]
    created_at: Mapped[TimestampNow]
    user_id: Mapped[UUID | None]


class DocumentVector(Base):
    """One chunk's vector of one model and version; vectors of several models live side by side."""

    __tablename__ = "document_vector_buffer"
    __table_args__ = (Index("idx_document_vector_buffer_document", "document_id"),)

    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    chunk_id: Mapped[UUID] = mapped_column(primary_key=True)
    embed_model: Mapped[str] = mapped_column(primary_key=True)
    embed_version: Mapped[str] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    vector: Mapped[Any] = mapped_column(VECTOR())
    vector_sha: Mapped[str]
    provider: Mapped[str] = mapped_column(server_default="mock-unknown")
    created_at: Mapped[TimestampNow]
