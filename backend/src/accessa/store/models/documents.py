"""Documents, their parsed texts, and the chunk sets made of a text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, ForeignKeyConstraint, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import SCHEMA, Base, Count, Timestamp, TimestampNow, child_of, made_by


class Document(Base):
    """One uploaded file of one user; the same bytes are the same document."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("user_id", "file_sha256", name="documents_one_per_user_and_bytes"),
        Index("idx_documents_user_created", "user_id", "created_at"),
        Index("idx_documents_live_set", "live_set_id"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    filename: Mapped[str]
    mime: Mapped[str]
    bytes_len: Mapped[int] = mapped_column(BigInteger)
    file_sha256: Mapped[str]
    parsed_sha256: Mapped[str | None]
    raw_path: Mapped[str]
    parsed_path: Mapped[str | None]
    live_set_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.chunk_sets.set_id", name="documents_live_set", use_alter=True)
    )
    live_embed_model: Mapped[str | None]
    live_embed_version: Mapped[str | None]
    live_embed_provider: Mapped[str | None] = mapped_column(made_by())
    created_at: Mapped[TimestampNow]
    updated_at: Mapped[TimestampNow]


class PendingUpload(Base):
    """An upload by signed URL whose file is not there or not verified; `available_at` is the next look or lease end."""

    __tablename__ = "pending_uploads"
    __table_args__ = (
        Index("idx_pending_uploads_due", "available_at"),
        Index("idx_pending_uploads_user", "user_id", "created_at"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    job_id: Mapped[UUID]
    correlation_id: Mapped[UUID]
    filename: Mapped[str]
    mime: Mapped[str]
    bytes_len: Mapped[int] = mapped_column(BigInteger)
    file_sha256: Mapped[str]
    raw_path: Mapped[str]
    expires_at: Mapped[Timestamp]
    available_at: Mapped[Timestamp]
    lease_owner: Mapped[UUID | None]
    looks: Mapped[Count]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[TimestampNow]


class ParsedText(Base):
    """One normalised text of a document; `page_starts` are character offsets, one per page."""

    __tablename__ = "parsed_texts"

    document_id: Mapped[UUID] = mapped_column(child_of("documents.document_id"), primary_key=True)
    parsed_sha256: Mapped[str] = mapped_column(primary_key=True)
    parsed_path: Mapped[str]
    page_starts: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    pages: Mapped[int]
    pages_without_text: Mapped[int]
    characters: Mapped[int]
    created_at: Mapped[TimestampNow]


class ChunkSet(Base):
    """The chunks that one chunker makes of one text; live when its document points to it."""

    __tablename__ = "chunk_sets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["document_id", "parsed_sha256"],
            [f"{SCHEMA}.parsed_texts.document_id", f"{SCHEMA}.parsed_texts.parsed_sha256"],
            name="chunk_sets_of_a_text",
            ondelete="CASCADE",
        ),
        UniqueConstraint(
            "document_id",
            "parsed_sha256",
            "chunker_name",
            "chunker_version",
            name="chunk_sets_one_per_text_and_chunker",
        ),
    )

    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(child_of("documents.document_id"))
    parsed_sha256: Mapped[str]
    chunker_name: Mapped[str]
    chunker_version: Mapped[str]
    chunks_total: Mapped[int | None]
    provider: Mapped[str] = mapped_column(made_by(), server_default="mock-unknown")
    created_at: Mapped[TimestampNow]
