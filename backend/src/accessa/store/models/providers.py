"""Who the providers are to this database: their identities, and one gate each that all processes share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import SCHEMA, Base, Count, TimestampNow, child_of, made_by


class Deployment(Base):
    """The one row that says which environment the database serves, and of which revision the oldest worker may be."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("environment", name="deployment_environment_unique"),)

    only_row: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    environment: Mapped[str]
    works_since: Mapped[str] = mapped_column(server_default=text("'0003'"))


class Provider(Base):
    """Whoever made rows of this database; outside `local` the database refuses one whose name begins with `mock-`."""

    __tablename__ = "providers"

    provider: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.deployment.environment", onupdate="CASCADE"), server_default="local"
    )
    first_used_at: Mapped[TimestampNow]


class ProviderGate(Base):
    """Whether calls to a provider may go out now, and how many: circuit, pause and rate limits of all processes."""

    __tablename__ = "provider_gates"

    provider: Mapped[str] = mapped_column(made_by(), primary_key=True)
    state: Mapped[str] = mapped_column(server_default="closed")
    failures: Mapped[Count]
    openings: Mapped[Count]
    reason: Mapped[str | None]
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    probe_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    pauses: Mapped[Count]
    paused_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    requests_per_minute: Mapped[float | None]
    requests_left: Mapped[float | None]
    tokens_per_minute: Mapped[float | None]
    tokens_left: Mapped[float | None]
    measured_at: Mapped[TimestampNow]
    last_success_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_failure_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tokens_asked: Mapped[float] = mapped_column(server_default=text("0"))


class ProviderBatch(Base):
    """Embedding batches of one job handed to the provider's Batch API together; `batch_ords` names them."""

    __tablename__ = "provider_batches"
    __table_args__ = (
        Index(
            "idx_provider_batches_one_open_per_job", "job_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index("idx_provider_batches_job", "job_id"),
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(child_of("upload_jobs.job_id"))
    provider: Mapped[str] = mapped_column(made_by())
    batch_ords: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    input_file_id: Mapped[str | None]
    provider_batch_id: Mapped[str | None]
    polls: Mapped[Count]
    created_at: Mapped[TimestampNow]
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None]
