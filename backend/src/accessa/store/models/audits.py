"""The runs of the audit, and what each has found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import Base, JsonObject, Timestamp, TimestampNow


class AuditRun(Base):
    """One run by a worker; `violations` maps the check to its `total` and first `rows`, `unfinished` lists the rest.

    It looked at the jobs with an event since `looked_back_to`. Without `ended_at` it goes on, or its worker has died.
    """

    __tablename__ = "audit_runs"
    __table_args__ = (Index("idx_audit_runs_started", "started_at"),)

    run_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    worker_id: Mapped[str]
    looked_back_to: Mapped[Timestamp]
    violations: Mapped[JsonObject]
    unfinished: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    started_at: Mapped[TimestampNow]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
