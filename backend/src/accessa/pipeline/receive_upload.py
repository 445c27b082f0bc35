"""Takes an uploaded file in: checked, stored, and only then promised to anybody."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn
from uuid import UUID

from accessa.domain.errors import RecoverableError, UsageError
from accessa.domain.file_types import FileType
from accessa.domain.filenames import clean_filename
from accessa.domain.ids import document_id
from accessa.domain.statuses import FAILED, Status
from accessa.failpoints import failpoint
from accessa.pipeline.acceptance import Acceptance, known_acceptance
from accessa.pipeline.deletion_remains import clear_remains, finish_earlier_deletion
from accessa.pipeline.measured_content import MeasuredContent
from accessa.pipeline.services import Services
from accessa.providers.storage import SMALL_BYTES, raw_path
from accessa.store.deletions import document_exists, find_last_event, lock_document
from accessa.store.documents import NewDocument, insert_document, made_by
from accessa.store.jobs import JobPlan, insert_job
from accessa.telemetry.log_context import note

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Taken:
    kind: FileType
    sha256: str
    size: int


async def receive_upload(
    services: Services,
    user_id: UUID,
    filename: str | None,
    content: BinaryIO,
    *,
    lane: str = "interactive",
    priority: int = 0,
    correlation_id: UUID | None = None,
) -> Acceptance:
    """Store a file of a user and queue its job; the same bytes of the same user answer with the same ids.

    `content` is read once, in blocks. A new job takes the `correlation_id` over.
    Raises `UsageError` for a file that is empty, too large or of no accepted type.
    """
    name = clean_filename(filename)
    most_bytes = services.settings.upload.max_file_mb * 1_000_000
    async with _taken_in(content, name, most_bytes) as (source, taken):
        document = document_id(user_id, taken.sha256)
        note(document_id=str(document))
        known = await known_acceptance(services, user_id, document)
        plan = services.plan(lane, priority)
        if known and known.status == Status.COMPLETE:
            return await _made_anew(services, known, plan, correlation_id) or known
        if known and known.status not in FAILED:
            return known
        stored = raw_path(user_id, document, taken.kind.extension)
        if known:
            # The stored file may be what failed: a retry then meets the bytes that were just verified.
            await services.storage.replace(stored, source, content_type=taken.kind.mime, size=taken.size)
            return await _still_there(services, user_id, known)
        last_deletion = await finish_earlier_deletion(services, user_id, document)
        await services.storage.upload(stored, source, content_type=taken.kind.mime, size=taken.size)
    failpoint("upload.after_object_before_row")
    new = NewDocument(document, user_id, name, taken.kind.mime, taken.size, taken.sha256, stored)
    acceptance = await _store(services, new, plan, last_deletion, correlation_id=correlation_id)
    failpoint("upload.after_row_before_response")
    services.ring()
    return acceptance


@asynccontextmanager
async def _taken_in(content: BinaryIO, name: str, most_bytes: int) -> AsyncIterator[tuple[bytes | Path, _Taken]]:
    """Give the stream's bytes, those of a large one in a file that goes afterwards, and what they are."""
    start = content.read(SMALL_BYTES + 1)
    if len(start) <= SMALL_BYTES:
        measured = MeasuredContent(most_bytes)
        measured.add(start)
        yield start, _told_of(measured, name)
        return
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        path = Path(folder) / "upload"
        yield path, await asyncio.to_thread(_copy, start, content, path, name, most_bytes)


def _copy(start: bytes, content: BinaryIO, path: Path, name: str, most_bytes: int) -> _Taken:
    """Copy what was read and what follows to `path`, measuring on the way, and tell what it is."""
    measured = MeasuredContent(most_bytes)
    block = start
    with path.open("wb") as target:
        while block:
            measured.add(block)
            target.write(block)
            block = content.read(_BLOCK_BYTES)
    return _told_of(measured, name)


def _told_of(measured: MeasuredContent, name: str) -> _Taken:
    if not measured.size:
        raise UsageError("FILE_EMPTY")
    kind = measured.kind(name)
    if kind is None:
        raise UsageError("UNSUPPORTED_TYPE")
    return _Taken(kind, measured.sha256, measured.size)


async def _made_anew(
    services: Services, known: Acceptance, plan: JobPlan, correlation_id: UUID | None
) -> Acceptance | None:
    """Open another job for a complete document whose vectors are of another provider than the present one."""
    async with services.database.transaction() as connection:
        if await made_by(connection, known.document_id) in {None, services.embedder.identity}:
            return None
        row = await insert_job(
            connection, known.document_id, plan, retry_of=known.job_id, correlation_id=correlation_id
        )
    services.ring()
    return Acceptance(**row, duplicate=False) if row else None


async def _store(
    services: Services,
    document: NewDocument,
    plan: JobPlan,
    last_deletion: int = 0,
    *,
    correlation_id: UUID | None = None,
) -> Acceptance:
    """Store document and job, unless a deletion came since the file was stored and may have taken it along."""
    async with services.database.transaction() as connection:
        await lock_document(connection, document.document_id)
        last = await find_last_event(connection, document.document_id)
        unharmed = last is None or last.event_id == last_deletion
        if unharmed and await insert_document(connection, document):
            row = await insert_job(connection, document.document_id, plan, correlation_id=correlation_id)
            failpoint("upload.before_commit")
            return Acceptance(**(row or {}), duplicate=False)
    known = await known_acceptance(services, document.user_id, document.document_id)
    return known or await _give_way(services, document.user_id, document.document_id)


async def _still_there(services: Services, user_id: UUID, known: Acceptance) -> Acceptance:
    """Return the acceptance, unless its document was deleted while its file was stored again."""
    async with services.database.connection() as connection:
        if await document_exists(connection, known.document_id):
            return known
    return await _give_way(services, user_id, known.document_id)


async def _give_way(services: Services, user_id: UUID, document: UUID) -> NoReturn:
    """Take the stored file away again and have the uploader come back: a deletion came in between."""
    await clear_remains(services, user_id, document)
    raise RecoverableError("DOCUMENT_BEING_DELETED")
