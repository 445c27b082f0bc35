"""Endpoints of documents."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from accessa.apps.api.answers import (
    DeletionAnswer,
    DocumentAnswer,
    DocumentsAnswer,
    ErrorAnswer,
    UploadAnswer,
    document_answer,
)
from accessa.apps.api.request_scope import ServicesOf, Subject, UserId, name_job
from accessa.domain.errors import UsageError
from accessa.domain.job import PRIORITIES
from accessa.pipeline.delete_document import delete_document
from accessa.pipeline.receive_upload import receive_upload
from accessa.store.documents import select_documents
from accessa.telemetry.log_context import present_correlation_id

router = APIRouter(tags=["documents"])


@router.post("/documents", status_code=202, responses={200: {"model": UploadAnswer, "description": "Known bytes"}})
async def upload_document(
    services: ServicesOf,
    user: UserId,
    request: Request,
    response: Response,
    *,
    file: Annotated[UploadFile, File(description="PDF, DOCX, HTML, Markdown or plain text")],
    lane: Annotated[
        Literal["interactive", "bulk"], Query(description="bulk: embedded at half price, within a day")
    ] = "interactive",
    priority: Annotated[
        Literal["normal", "low"], Query(description="low: taken when no other job is due, of whomever")
    ] = "normal",
) -> UploadAnswer:
    """Take a file in and queue it; the same bytes of the same user answer 200 with the ids they already have."""
    form = await request.form()
    if len(form.multi_items()) != 1:
        # Taking one part and answering 2xx would lose the others without a word.
        raise UsageError("BAD_REQUEST", "One request takes one file, in the field `file`; send each file by itself.")
    accepted = await receive_upload(
        services,
        user,
        file.filename,
        file.file,
        lane=lane,
        priority=PRIORITIES[priority],
        correlation_id=present_correlation_id(),
    )
    name_job(accepted.job_id, accepted.document_id, accepted.correlation_id)
    response.status_code = 200 if accepted.duplicate else 202
    return UploadAnswer.model_validate(accepted, from_attributes=True)


@router.get("/documents")
async def list_documents(
    services: ServicesOf, user: UserId, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> DocumentsAnswer:
    """List the user's documents, newest first."""
    rows = await select_documents(services.database, user, limit=limit)
    return DocumentsAnswer(documents=[document_answer(row) for row in rows])


@router.get("/documents/{subject}")
async def show_document(services: ServicesOf, user: UserId, subject: Subject) -> DocumentAnswer:
    """Show one document of the user."""
    rows = await select_documents(services.database, user, document_id=subject, limit=1)
    if not rows:
        raise UsageError("NOT_FOUND")
    return document_answer(rows[0])


@router.delete(
    "/documents/{subject}", responses={404: {"model": ErrorAnswer, "description": "Unknown, or deleted already"}}
)
async def remove_document(services: ServicesOf, user: UserId, subject: Subject) -> DeletionAnswer:
    """Delete a document (its id, or that of one of its jobs) with its file, text, passages, vectors and jobs.

    The parse provider is asked to delete its copies too. A call that was cut short (503) is simply made again.
    """
    return DeletionAnswer.model_validate(await delete_document(services, user, subject), from_attributes=True)
