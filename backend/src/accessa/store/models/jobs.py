"""Jobs, the moves they may make, the events they leave behind, and the workers that carry them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, DateTime, ForeignKey, Identity, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from accessa.store.models.base import SCHEMA, Base, Count, JsonObject, Timestamp, TimestampNow, child_of

# No index may hold, nor depend on, a column that a move or a renewed lease changes: then these write no index at all.
NOT_ENDED = text("processing_completed_at IS NULL")

ENDED = text("processing_completed_at IS NOT NULL")

FAILED = text("processing_completed_at IS NOT NULL AND last_error IS NOT NULL")

PARKED = text("last_error ->> 'code' = 'BUDGET_REACHED' AND processing_completed_at IS NULL")

DUE = text("due_at IS NOT NULL")

# As the database writes it out: the two are compared as texts.
_DUE_AT = """
CASE
    WHEN processing_completed_at IS NOT NULL THEN NULL::timestamp with time zone
    WHEN lease_owner IS NULL THEN available_at
    ELSE date_bin('00:00:15'::interval, available_at, '2020-01-01 00:00:00+00'::timestamp with time zone)
END
"""


OF_DELETION = text(
    "code IN ('DOCUMENT_DELETION_STARTED', 'DOCUMENT_DELETION_INTERRUPTED', 'DOCUMENT_DELETED',"
    " 'DOCUMENT_REMAINS_DELETED')"
)


class UploadJob(Base):
    """One way of a document through the pipeline; `available_at` is schedule, retry time and lease end in one.

    `due_at` is that as the indexes know it: null once the job has ended, at most 15 s early while somebody holds it.
    `steps_at_once` is what a statement says that takes several moves at once; no row keeps it.
    `trace_context` is the W3C traceparent of the upload, whose trace its stages continue.
    """

    __tablename__ = "upload_jobs"
    __table_args__ = (
        Index("idx_upload_jobs_queue", "waits_for", text("priority DESC"), "due_at", postgresql_where=DUE),
        Index("idx_upload_jobs_turn", "waits_for", text("priority DESC"), "user_id", "due_at", postgresql_where=DUE),
        Index("idx_upload_jobs_held", "lease_owner", "user_id", postgresql_where=text("lease_owner IS NOT NULL")),
        Index("idx_upload_jobs_one_active_per_document", "document_id", unique=True, postgresql_where=NOT_ENDED),
        Index("idx_upload_jobs_document", "document_id", "created_at"),
        Index("idx_upload_jobs_user_created", "user_id", "created_at"),
        Index("idx_upload_jobs_ended", "processing_completed_at", postgresql_where=ENDED),
        Index("idx_upload_jobs_retry_of", "retry_of", postgresql_where=text("retry_of IS NOT NULL")),
        Index("idx_upload_jobs_set", "set_id", postgresql_where=text("set_id IS NOT NULL")),
        Index("idx_upload_jobs_failed", "user_id", "processing_completed_at", "job_id", postgresql_where=FAILED),
        Index("idx_upload_jobs_parked", "job_id", postgresql_where=PARKED),
        Index("idx_upload_jobs_correlation", "correlation_id", postgresql_using="hash"),
    )

    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    document_id: Mapped[UUID] = mapped_column(child_of("documents.document_id"))
    status: Mapped[str] = mapped_column(server_default="uploaded")
    raw_path: Mapped[str]
    parsed_path: Mapped[str | None]
    parsed_sha256: Mapped[str | None]
    chunks_version: Mapped[str] = mapped_column(server_default="markdown-simple@1")
    embed_model: Mapped[str] = mapped_column(server_default="text-embedding-3-small")
    embed_version: Mapped[str] = mapped_column(server_default="1")
    progress: Mapped[JsonObject]
    retry_count: Mapped[Count]
    attempts_in_row: Mapped[Count]
    last_error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    webhook_secret: Mapped[str | None]
    correlation_id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    processing_started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    processing_completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[TimestampNow]
    updated_at: Mapped[TimestampNow]
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey(f"{SCHEMA}.chunk_sets.set_id", ondelete="SET NULL"))
    lane: Mapped[str] = mapped_column(server_default="interactive")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    available_at: Mapped[TimestampNow]
    lease_owner: Mapped[str | None]
    lease_epoch: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    crash_count: Mapped[Count]
    wait_count: Mapped[Count]
    max_attempts: Mapped[int] = mapped_column(server_default=text("8"))
    retry_of: Mapped[UUID | None] = mapped_column(ForeignKey(f"{SCHEMA}.upload_jobs.job_id", ondelete="SET NULL"))
    waits_for: Mapped[str] = mapped_column(server_default="")
    set_aside: Mapped[bool] = mapped_column(server_default=text("false"))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), Computed(_DUE_AT, persisted=True))
    steps_at_once: Mapped[int | None] = mapped_column(SmallInteger)
    trace_context: Mapped[str | None]


class StatusMove(Base):
    """One legal move; the database's own copy of `accessa.domain.statuses.MOVES`."""

    __tablename__ = "status_moves"

    from_status: Mapped[str] = mapped_column(primary_key=True)
    to_status: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str]
    event_code: Mapped[str]


class StatusWalk(Base):
    """One step of a walk that a job takes in one statement, from one status of the chain to a later one.

    `not_yet_known` are the counts that its progress first holds after a later step.
    """

    __tablename__ = "status_walks"

    from_status: Mapped[str] = mapped_column(primary_key=True)
    to_status: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step_from: Mapped[str]
    step_to: Mapped[str]
    event_code: Mapped[str]
    not_yet_known: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Event(Base):
    """One thing that happened to a job; never changed, never holding document text.

    A trigger looks `provider` up instead of a foreign key, which would do so for each event of our own as well.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("idx_events_job_ts", "job_id", "ts"),
        Index("idx_events_deletions", "document_id", "event_id", postgresql_where=OF_DELETION),
        Index(
            "idx_events_ts",
            "ts",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        ),
        Index(
            "idx_events_one_owner_per_epoch",
            "job_id",
            "lease_epoch",
            unique=True,
            postgresql_where=text("type = 'claimed'"),
        ),
    )

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job_id: Mapped[UUID]
    document_id: Mapped[UUID]
    ts: Mapped[Timestamp] = mapped_column(server_default=text("clock_timestamp()"))
    type: Mapped[str]
    severity: Mapped[str] = mapped_column(server_default="info")
    code: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str | None]
    lease_epoch: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[JsonObject]
    provider: Mapped[str] = mapped_column(server_default="accessa")
    correlation_id: Mapped[UUID]


class Worker(Base):
    """One worker process and its last sign of life; `vitals` are figures of the process, `metrics_url` has all."""

    __tablename__ = "workers"

    worker_id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    state: Mapped[str]
    jobs_in_hand: Mapped[Count]
    version: Mapped[str]
    started_at: Mapped[TimestampNow]
    heartbeat_at: Mapped[TimestampNow]
    metrics_url: Mapped[str | None]
    vitals: Mapped[JsonObject]
