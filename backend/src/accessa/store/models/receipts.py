"""Receipts: what each complete job has made of its document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import Base, Timestamp, child_of, made_by


class Receipt(Base):
    """Counted by the database in the transaction that completes the job; `cost_usd` is that of the whole document."""

    __tablename__ = "receipts"
    __table_args__ = (Index("idx_receipts_document", "document_id"),)

    job_id: Mapped[UUID] = mapped_column(child_of("upload_jobs.job_id"), primary_key=True)
    document_id: Mapped[UUID]
    user_id: Mapped[UUID]
    bytes_len: Mapped[int] = mapped_column(BigInteger)
    file_sha256: Mapped[str]
    pages: Mapped[int]
    pages_without_text: Mapped[int]
    characters: Mapped[int]
    removed_characters: Mapped[int]
    chunker: Mapped[str]
    chunks: Mapped[int]
    vectors: Mapped[int]
    dimensions: Mapped[int]
    embed_model: Mapped[str]
    embed_version: Mapped[str]
    text_provider: Mapped[str] = mapped_column(made_by())
    embed_provider: Mapped[str] = mapped_column(made_by())
    calls: Mapped[int]
    tokens: Mapped[int] = mapped_column(BigInteger)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 8))
    unsure_usd: Mapped[Decimal] = mapped_column(Numeric(14, 8))
    stage_seconds: Mapped[dict[str, Any]] = mapped_column(JSONB)
    uploaded_at: Mapped[Timestamp]
    completed_at: Mapped[Timestamp]
