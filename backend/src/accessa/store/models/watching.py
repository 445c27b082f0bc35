"""What is kept for operators: how long stages take, canary documents, alerts that fired, and who silenced which."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, Identity, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import Base, JsonObject, Timestamp, TimestampNow


class StageTiming(Base):
    """How long one worker's runs of a stage took within a minute, in seconds; `buckets` counts them by duration."""

    __tablename__ = "stage_timings"

    minute: Mapped[Timestamp] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    worker_id: Mapped[str] = mapped_column(primary_key=True)
    runs: Mapped[int]
    seconds: Mapped[float]
    buckets: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class StageBaseline(Base):
    """How long a stage usually takes, in seconds."""

    __tablename__ = "stage_baselines"

    stage: Mapped[str] = mapped_column(primary_key=True)
    runs: Mapped[int]
    mean_seconds: Mapped[float]
    p95_seconds: Mapped[float]
    measured_at: Mapped[TimestampNow]


class CanaryRun(Base):
    """One canary document's way through the pipeline; without `ended_at` it is under way, or its sender has died.

    A canary that did not pass names the `step` that failed and the `code` of the error.
    """

    __tablename__ = "canary_runs"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (passed IS NULL)", name="canary_runs_end_with_a_verdict"),
        Index("idx_canary_runs_started", "started_at"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    started_at: Mapped[TimestampNow]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    passed: Mapped[bool | None]
    code: Mapped[str | None]
    step: Mapped[str | None]
    document_id: Mapped[UUID | None]
    correlation_id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    seconds: Mapped[float | None]


class AlertSilence(Base):
    """Until when nobody is told of an alert; `labels` narrow it down to some of its instances."""

    __tablename__ = "alert_silences"
    silence_id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    alert: Mapped[str]
    labels: Mapped[JsonObject]
    reason: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[TimestampNow]
    until: Mapped[Timestamp]


class AlertHistory(Base):
    """One time that an alert fired; `alert_key` is its name with its labels. Without `resolved_at` it still does."""

    __tablename__ = "alert_history"
    __table_args__ = (Index("idx_alert_history_fired", "fired_at"),)

    alert_key: Mapped[str] = mapped_column(primary_key=True)
    fired_at: Mapped[Timestamp] = mapped_column(primary_key=True)
    alert: Mapped[str]
    severity: Mapped[str]
    labels: Mapped[JsonObject]
    summary: Mapped[str]
    active_since: Mapped[Timestamp]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
