"""Lets a user send a file straight to the storage: announced first, then sent to a signed URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx

from accessa.domain.errors import RecoverableError, UsageError, file_too_large
from accessa.domain.file_types import FileType, type_as_told
from accessa.domain.filenames import clean_filename
from accessa.domain.ids import document_id
from accessa.failpoints import failpoint
from accessa.pipeline.acceptance import Acceptance, known_acceptance
from accessa.pipeline.complete_upload import complete_upload
from accessa.pipeline.deletion_remains import finish_earlier_deletion
from accessa.pipeline.services import Services
from accessa.providers.storage import SignedUpload, raw_path
from accessa.store.pending_uploads import Announcement, insert_pending
from accessa.telemetry.log_context import note

# Files that came by a signed URL never share a place with those that the API stored itself and vouches for.
_EXTENSION = "upload"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ToldFile:
    """What the uploader says about a file: its name, media type, length in bytes and SHA-256 as hex."""

    filename: str
    mime: str
    bytes_len: int
    sha256: str


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """Where to send the file, until when, and the ids that document and job will have."""

    document_id: UUID
    job_id: UUID
    correlation_id: UUID
    signed_url: str
    upload_expires_at: datetime
    duplicate: bool = False


async def announce_upload(
    services: Services, user_id: UUID, told: ToldFile, *, correlation_id: UUID | None = None
) -> UploadTicket | Acceptance:
    """Return where to send the file, or the acceptance of a file that is known already.

    What was sent for an earlier announcement of the same bytes is verified first. The job to come takes the
    `correlation_id` over. Raises `UsageError` for a file that
    is empty, too large or of no accepted type, and `RecoverableError` while the same document is being deleted.
    """
    kind, sha256 = _checked(services, told), told.sha256.lower()
    document = document_id(user_id, sha256)
    note(document_id=str(document))
    path = raw_path(user_id, document, _EXTENSION)
    for _ in range(_TRIES):
        known = await known_acceptance(services, user_id, document)
        if known is not None:
            return known
        # A deletion removes whatever lies under the document's names, so what is sent before its end would be lost.
        await finish_earlier_deletion(services, user_id, document)
        signed = await _signed(services, path)
        if signed is None:
            await _settle_what_is_there(services, user_id, document, path)
            continue
        expires_at = signed.expires_at or _usual_end(services)
        name = clean_filename(told.filename)
        announced = Announcement(document, user_id, name, kind.mime, told.bytes_len, sha256, path, expires_at)
        failpoint("announce.after_url_before_row")
        ids = await insert_pending(services.database, announced, correlation_id or uuid4())
        failpoint("announce.after_row_before_response")
        if ids is not None:
            return UploadTicket(document, *ids, signed.url, expires_at)
    raise RecoverableError("UPLOAD_BEING_CHECKED")


def _checked(services: Services, told: ToldFile) -> FileType:
    if not told.bytes_len:
        raise UsageError("FILE_EMPTY")
    most_bytes = services.settings.upload.max_file_mb * 1_000_000
    if told.bytes_len > most_bytes:
        raise file_too_large(most_bytes)
    kind = type_as_told(told.mime, clean_filename(told.filename))
    if kind is None:
        raise UsageError("UNSUPPORTED_TYPE")
    return kind


async def _signed(services: Services, path: str) -> SignedUpload | None:
    """Return the right to store an object, or None when there is one already."""
    try:
        return await services.storage.create_signed_upload_url(path)
    except RecoverableError as error:
        if error.provider_status == httpx.codes.CONFLICT:
            return None
        raise


async def _settle_what_is_there(services: Services, user_id: UUID, document: UUID, path: str) -> None:
    try:
        await complete_upload(services, user_id, document)
    except UsageError as error:
        if error.code == "NOT_FOUND":
            # Nobody's announcement and nobody's document.
            await services.storage.delete([path])


def _usual_end(services: Services) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=services.settings.upload.signed_url_expiration_time)
