"""What was asked of the providers: parses, planned batches, webhooks, and the ledger of paid calls."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import Base, Count, TimestampNow, child_of, made_by


class ParseRun(Base):
    """One parse asked for by a job; `locator` is the random part of its webhook address."""

    __tablename__ = "parse_runs"
    __table_args__ = (
        UniqueConstraint("locator", name="parse_runs_locator_unique"),
        UniqueConstraint("job_id", name="parse_runs_one_per_job"),
        Index("idx_parse_runs_document", "document_id", "options_sha"),
        Index("idx_parse_runs_collected", "collected_at", postgresql_where=text("collected_at IS NOT NULL")),
    )

    parse_id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    job_id: Mapped[UUID] = mapped_column(child_of("upload_jobs.job_id"))
    document_id: Mapped[UUID] = mapped_column(child_of("documents.document_id"))
    provider: Mapped[str] = mapped_column(made_by())
    options_sha: Mapped[str]
    call_key: Mapped[str]
    locator: Mapped[str]
    provider_file_id: Mapped[str | None]
    provider_job_id: Mapped[str | None]
    polls: Mapped[Count]
    pages_expected: Mapped[int | None]
    result_path: Mapped[str | None]
    result_sha256: Mapped[str | None]
    pages: Mapped[int | None]
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deadline_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    notified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    polled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    collected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[TimestampNow]


class WebhookDelivery(Base):
    """One webhook that was verified and accepted; the same delivery is stored once for ever."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (Index("idx_webhook_deliveries_parse", "parse_id"),)

    delivery_key: Mapped[str] = mapped_column(primary_key=True)
    parse_id: Mapped[UUID] = mapped_column(child_of("parse_runs.parse_id"))
    event_type: Mapped[str]
    received_at: Mapped[TimestampNow]


class EmbeddingBatch(Base):
    """One planned embedding request of a job; `recorded_at` says that its vectors are stored."""

    __tablename__ = "embedding_batches"

    job_id: Mapped[UUID] = mapped_column(child_of("upload_jobs.job_id"), primary_key=True)
    batch_ord: Mapped[int] = mapped_column(primary_key=True)
    chunk_ords: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    call_key: Mapped[str]
    recorded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ProviderCall(Base):
    """One row of the ledger: intended before the call, recorded with its result; it outlives its job and document.

    `failed` was not billed; of an `abandoned` call nobody knows whether it was. `retry_number` counts from 0 how often
    the same work was intended. Rows of documents that share a call
    have one `intended_at`, as one transaction intends them. A recorded cost is billed units times price times factor,
    as of when it was recorded.
    """

    __tablename__ = "provider_calls"
    __table_args__ = (
        Index("idx_provider_calls_recorded_once", "call_key", unique=True, postgresql_where=text("state = 'recorded'")),
        Index("idx_provider_calls_job", "job_id"),
        Index("idx_provider_calls_document", "document_id"),
        Index("idx_provider_calls_key", "call_key", postgresql_using="hash"),
        Index(
            "idx_provider_calls_intended",
            "intended_at",
            postgresql_include=["state", "cost_usd", "estimated_usd"],
        ),
        Index(
            "idx_provider_calls_user_intended",
            "user_id",
            "intended_at",
            postgresql_include=["state", "cost_usd", "estimated_usd"],
        ),
        Index(
            "idx_provider_calls_provider_ended",
            "provider",
            "ended_at",
            postgresql_where=text("state = 'recorded'"),
            postgresql_include=["cost_usd"],
        ),
    )

    call_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    call_key: Mapped[str]
    job_id: Mapped[UUID]
    document_id: Mapped[UUID]
    user_id: Mapped[UUID]
    provider: Mapped[str] = mapped_column(made_by())
    operation: Mapped[str]
    model: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="intended")
    units: Mapped[int]
    tokens: Mapped[int | None] = mapped_column(BigInteger)
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 8), server_default=text("0"))
    estimated_usd: Mapped[Decimal] = mapped_column(Numeric(14, 8), server_default=text("0"))
    retry_number: Mapped[Count]
    price_unit: Mapped[str | None]
    unit_price_usd: Mapped[Decimal | None] = mapped_column(Numeric(18, 12))
    price_factor: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    price_as_of: Mapped[str | None]
    billed_units: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    error_code: Mapped[str | None]
    lease_epoch: Mapped[int] = mapped_column(BigInteger)
    intended_at: Mapped[TimestampNow]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
