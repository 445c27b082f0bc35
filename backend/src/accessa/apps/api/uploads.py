"""Endpoints of uploads by signed URL: announce a file, send it to the storage, say that it is there."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from accessa.apps.api.answers import UploadAnswer, UploadUrlAnswer
from accessa.apps.api.request_scope import ServicesOf, Subject, UserId, name_job
from accessa.pipeline.announce_upload import ToldFile, UploadTicket, announce_upload
from accessa.pipeline.complete_upload import complete_upload
from accessa.telemetry.log_context import present_correlation_id

router = APIRouter(prefix="/documents/uploads", tags=["documents"])


class NewUpload(BaseModel):
    """The file that is going to be sent; all of it is checked again when the bytes are there."""

    model_config = ConfigDict(extra="forbid")

    filename: str = Field(min_length=1, examples=["home-insurance-policy.pdf"])
    bytes_len: int = Field(ge=0, description="Length in bytes", examples=[48213])
    mime: str = Field(
        "",
        description="Media type; empty or application/octet-stream goes by the name's ending",
        examples=["application/pdf"],
    )
    sha256: str = Field(
        pattern="^[0-9a-fA-F]{64}$",
        description="SHA-256 of the bytes, as hex",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


@router.post(
    "",
    status_code=201,
    response_model=UploadUrlAnswer,
    responses={200: {"model": UploadAnswer, "description": "Known bytes: nothing has to be sent"}},
)
async def announce(services: ServicesOf, user: UserId, upload: NewUpload) -> UploadUrlAnswer | Response:
    """Announce a file and get a signed URL, to which any HTTP client can PUT it without passing this API.

    Announce the same bytes again to get another URL; the ids stay the same.
    """
    told = ToldFile(upload.filename, upload.mime, upload.bytes_len, upload.sha256)
    outcome = await announce_upload(services, user, told, correlation_id=present_correlation_id())
    name_job(outcome.job_id, outcome.document_id)
    if isinstance(outcome, UploadTicket):
        return UploadUrlAnswer.model_validate(outcome, from_attributes=True)
    return JSONResponse(UploadAnswer.model_validate(outcome, from_attributes=True).model_dump(mode="json"))


@router.post(
    "/{subject}/complete",
    status_code=202,
    responses={200: {"model": UploadAnswer, "description": "The document was there already"}},
)
async def complete(services: ServicesOf, user: UserId, subject: Subject, response: Response) -> UploadAnswer:
    """Say that the file has been sent: it is verified byte for byte and queued; repeated, it answers with the same ids.

    A file that nobody completes is found and queued by a worker a little later.
    """
    accepted = await complete_upload(services, user, subject)
    name_job(accepted.job_id, accepted.document_id, accepted.correlation_id)
    response.status_code = 200 if accepted.duplicate else 202
    return UploadAnswer.model_validate(accepted, from_attributes=True)
