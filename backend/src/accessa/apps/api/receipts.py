"""Receipts of documents, and which files are known before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from accessa.apps.api.request_scope import ServicesOf, Subject, UserId
from accessa.domain.errors import UsageError
from accessa.pipeline.services import Services
from accessa.store.documents import select_known_files
from accessa.store.receipts import find_receipt, find_status

router = APIRouter(prefix="/documents", tags=["documents"])

_MOST_HASHES = 2_000
_HELD = ("chunks", "vectors", "calls", "tokens", "cost_usd")


class ReceiptAnswer(BaseModel):
    """What was made of a document, counted by the database when its job was completed."""

    job_id: UUID
    document_id: UUID
    filename: str
    bytes_len: int
    file_sha256: str
    pages: int
    pages_without_text: int
    characters: int
    removed_characters: int = Field(description="Characters that no text can hold, such as NUL")
    chunker: str = Field(examples=["markdown-simple@1"])
    chunks: int
    vectors: int
    dimensions: int | None = Field(description="None where no vector is left of a job without a written receipt")
    embed_model: str
    embed_version: str
    text_provider: str = Field(description="Who made the text; accessa itself where the file is text")
    embed_provider: str | None
    calls: int = Field(description="Paid calls for the document, by all of its jobs")
    tokens: int
    cost_usd: float
    unsure_usd: float = Field(description="Estimates of calls of which nobody knows whether they were billed")
    stage_seconds: dict[str, float] = Field(examples=[{"submit_parse": 0.21, "collect_parse": 1.4}])
    uploaded_at: datetime
    completed_at: datetime
    written_at_completion: bool = Field(
        description="False for a job that was complete before there were receipts: counted on reading"
    )
    chunks_now: int = Field(description="What the tables hold at this moment")
    vectors_now: int
    calls_now: int = Field(description="What the ledger has at this moment of the calls that the receipt counts")
    tokens_now: int
    cost_usd_now: float
    holds: bool = Field(description="Whether tables and ledger still hold what the receipt says")


class KnownFilesQuestion(BaseModel):
    """Files by their SHA-256."""

    model_config = ConfigDict(extra="forbid")

    sha256: list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]] = Field(max_length=_MOST_HASHES)


class KnownFilesAnswer(BaseModel):
    """Those of the files whose upload would buy nothing, as the user has sent the same bytes before."""

    known: list[str]


@router.post("/known")
async def known_files(services: ServicesOf, user: UserId, question: KnownFilesQuestion) -> KnownFilesAnswer:
    """Tell which files are known already, so that a price can be told before anything is sent."""
    known = await select_known_files(services.database, user, question.sha256, services.embedder.identity)
    return KnownFilesAnswer(known=known)


@router.get("/{subject}/receipt")
async def show_receipt(services: ServicesOf, user: UserId, subject: Subject) -> ReceiptAnswer:
    """Show the receipt of a complete document (its id, or that of a job of it), held against the tables once more."""
    row = await find_receipt(services.database, user, subject)
    if row is None:
        raise await _no_receipt(services, user, subject)
    return receipt_answer(row)


def receipt_answer(row: Mapping[str, Any]) -> ReceiptAnswer:
    """Return a receipt's row as its answer, with the verdict whether it holds."""
    holds = all(row[name] == row[f"{name}_now"] for name in _HELD)
    return ReceiptAnswer(**row, holds=holds)


async def _no_receipt(services: Services, user: UUID, subject: UUID) -> UsageError:
    """Tell an unknown id from a document, or a job of it, that is not complete."""
    status = await find_status(services.database, user, subject)
    if status is None:
        return UsageError("NOT_FOUND")
    return UsageError(
        "NO_RECEIPT", f"Only what is complete has a receipt; this is {status}. See: accessa jobs show {subject}"
    )
