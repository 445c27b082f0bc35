"""The answers of the API, as models for its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class ErrorFacts(BaseModel):
    """Why a document failed, or what a waiting job met last."""

    code: str = Field(examples=["FILE_PROTECTED"])
    message: str = Field(examples=["The file is protected by a password; remove the protection and upload it again."])
    stage: str | None = Field(None, description="The stage at which the job ended", examples=["collect_parse"])
    provider_status: int | None = Field(None, description="HTTP status of the provider's answer, if it was one")
    provider_body: str | None = Field(None, description="The beginning of the provider's own words")


class ErrorWords(BaseModel):
    """A stable code, a plain sentence, and the id under which the log has more."""

    code: str = Field(examples=["NOT_FOUND"])
    message: str = Field(examples=["There is no such document or job for this user; check the id."])
    correlation_id: str


class ErrorAnswer(BaseModel):
    """The one form of every answer that is not a success."""

    error: ErrorWords


class ReadyAnswer(BaseModel):
    """What an upload needs, part by part: `ok`, or a sentence that says what is missing."""

    status: str = Field(examples=["ok"])
    checks: dict[str, str] = Field(examples=[{"schema": "ok", "storage": "ok", "worker": "ok"}])


class UploadAnswer(BaseModel):
    """An accepted file; `duplicate` is true when the same user has uploaded the same bytes before."""

    document_id: UUID
    job_id: UUID
    correlation_id: UUID
    status: str = Field(examples=["uploaded"])
    duplicate: bool


class UploadUrlAnswer(BaseModel):
    """Where to send an announced file with PUT, and the ids that its document and job will have once it is verified."""

    document_id: UUID
    job_id: UUID
    correlation_id: UUID
    signed_url: str = Field(
        description="Takes the file once, without a key, until `upload_expires_at`; treat it as a secret",
        examples=["https://project.supabase.co/storage/v1/object/upload/sign/raw/…?token=…"],
    )
    upload_expires_at: datetime
    duplicate: bool = Field(description="Always false: a known file is answered with 200 and has no URL")


class JobAnswer(BaseModel):
    """One job; `progress` counts chunks and vectors, `cost_usd` is what was paid for it."""

    job_id: UUID
    document_id: UUID
    correlation_id: UUID
    filename: str
    status: str = Field(examples=["embedding_in_progress"])
    lane: str = Field(examples=["interactive"])
    progress: dict[str, int] = Field(examples=[{"chunks_total": 48, "embeds_total": 48, "embeds_done": 16}])
    retry_count: int
    crash_count: int
    pages: int | None
    pages_without_text: int | None
    chunks: int | None
    vectors: int
    cost_usd: float
    duration_seconds: float
    created_at: datetime
    updated_at: datetime
    available_at: datetime
    completed_at: datetime | None
    retry_of: UUID | None
    error: ErrorFacts | None


class DocumentAnswer(BaseModel):
    """One document; `live` is true once search finds it, `status` is that of its newest job."""

    document_id: UUID
    filename: str
    mime: str
    bytes_len: int
    file_sha256: str
    job_id: UUID | None
    status: str | None
    pages: int | None
    pages_without_text: int | None
    chunks: int | None
    vectors: int
    cost_usd: float
    unsure_usd: float = Field(
        description="Estimates of calls under way, and of those of which nobody knows whether they were billed"
    )
    live: bool
    created_at: datetime
    error: ErrorFacts | None


class DeletionAnswer(BaseModel):
    """The proof of a deletion: what was deleted, and what a second look found left in tables and storage."""

    document_id: UUID
    rows: dict[str, int] = Field(
        description="Deleted rows by table",
        examples=[
            {
                "documents": 1,
                "upload_jobs": 1,
                "parse_runs": 1,
                "webhook_deliveries": 1,
                "parsed_texts": 1,
                "chunk_sets": 1,
                "document_chunk_buffer": 37,
                "document_vector_buffer": 37,
                "embedding_batches": 1,
                "receipts": 1,
            }
        ],
    )
    ledger_rows_kept: int = Field(
        description="Paid calls for the document: their ids, counts and cost stay, without text", examples=[2]
    )
    cost_usd: float = Field(description="What these calls have cost", examples=[0.0451])
    objects: int = Field(description="Deleted objects of the storage: the file and all that was parsed", examples=[3])
    parse_cancelled: bool = Field(description="Whether a parse was still under way at the provider", examples=[False])
    provider_copies_deleted: int = Field(description="Files and parses deleted at the parse provider", examples=[2])
    provider_copies_left: int = Field(
        description="Those it did not let go of, as when it does not answer; the same request tries again", examples=[0]
    )
    left: int = Field(description="Rows and objects that a second look has found", examples=[0])


class EventAnswer(BaseModel):
    """One event of a job."""

    event_id: int
    ts: datetime
    type: str
    severity: str
    code: str
    from_status: str | None
    to_status: str | None
    payload: dict[str, Any]
    correlation_id: UUID


class JobsAnswer(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobAnswer]


class DocumentsAnswer(BaseModel):
    """Documents, newest first."""

    documents: list[DocumentAnswer]


class EventsAnswer(BaseModel):
    """Events, oldest first."""

    events: list[EventAnswer]


class RetryAnswer(BaseModel):
    """The new job of a document whose last one failed."""

    job_id: UUID
    document_id: UUID
    correlation_id: UUID
    status: str


class CancelAnswer(BaseModel):
    """A cancelled job; `cancelled_before` is true when an earlier request had done it."""

    job_id: UUID
    document_id: UUID
    status: str = Field(examples=["failed_parse"])
    cancelled_before: bool
    left_at_providers: int = Field(
        description="Orders that a provider did not let go of, as when it does not answer; the same request tries again"
    )


class HitAnswer(BaseModel):
    """One passage: its score (at most 1; nearness of meaning and words in common), where it stands, and its text."""

    score: float
    document_id: UUID
    chunk_id: UUID
    filename: str
    page: int | None
    heading: str | None
    text: str


class SearchAnswer(BaseModel):
    """The passages, best first; skipped documents have vectors of another model."""

    results: list[HitAnswer]
    documents_searched: int
    documents_skipped: int


def job_answer(row: Mapping[str, Any]) -> JobAnswer:
    """Return a job's row as its answer."""
    return JobAnswer(**_with_error(row))


def document_answer(row: Mapping[str, Any]) -> DocumentAnswer:
    """Return a document's row as its answer."""
    return DocumentAnswer(**_with_error(row))


def _with_error(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = dict(row)
    error = facts.pop("last_error")
    return {**facts, "error": ErrorFacts(**error) if error else None}
