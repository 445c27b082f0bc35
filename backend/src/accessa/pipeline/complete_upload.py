"""Verifies a file that came by a signed URL, byte for byte, and only then queues its job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError, LeaseLostError, PermanentError, RecoverableError, UsageError
from accessa.failpoints import failpoint
from accessa.pipeline.acceptance import Acceptance, known_acceptance
from accessa.pipeline.deletion_remains import finish_earlier_deletion
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.measured_content import MeasuredContent
from accessa.pipeline.services import Services
from accessa.store.deletions import find_last_event, lock_document
from accessa.store.documents import NewDocument, find_raw_path, insert_document
from accessa.store.jobs import insert_job
from accessa.store.pending_uploads import (
    PendingUpload,
    claim_pending,
    delete_pending,
    fence_pending,
    is_pending,
    release_pending,
)
from accessa.telemetry import traces
from accessa.telemetry.log_context import note

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0
_PATIENCE_SECONDS = 20.0


async def complete_upload(services: Services, user_id: UUID, document: UUID) -> Acceptance:
    """Verify the file of an announced upload and queue its job; the same call repeated answers with the same ids.

    Raises `UsageError` NOT_FOUND for what was never announced, UPLOAD_INCOMPLETE before the file has arrived, and
    UPLOAD_MISMATCH or UNSUPPORTED_TYPE for a file that is not the one announced; that file is then removed.
    """
    ends, pause = time.monotonic() + _PATIENCE_SECONDS, _FIRST_PAUSE_SECONDS
    while time.monotonic() < ends:
        pending = await claim_pending(services.database, user_id, document)
        if pending is not None:
            try:
                return await settle_upload(services, pending)
            except LeaseLostError:
                continue
        if not await is_pending(services.database, user_id, document):
            return await _acceptance_of_old(services, user_id, document)
        # Somebody else is looking at it; the outcome is the same for all who ask.
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    raise RecoverableError("UPLOAD_BEING_CHECKED")


async def settle_upload(services: Services, pending: PendingUpload) -> Acceptance:
    """Verify the file of a claimed upload and queue its job, or say why not; the claim is let go in any case.

    Raises `LeaseLostError` when somebody else took over, or the document came by another way meanwhile.
    """
    failpoint("complete_upload.after_claim")
    try:
        return await _verdict(services, pending)
    finally:
        await _let_go(services, pending)


async def _let_go(services: Services, pending: PendingUpload) -> None:
    """Release the claim, also when this very moment is cut short: else others would wait for its lease to end."""
    release = asyncio.create_task(release_pending(services.database, pending))
    try:
        await asyncio.shield(release)
    except asyncio.CancelledError:
        await release
        raise


async def _verdict(services: Services, pending: PendingUpload) -> Acceptance:
    note(job_id=str(pending.job_id), document_id=str(pending.document_id))
    clock = LeaseClock(pending.lease_seconds)
    known = await known_acceptance(services, pending.user_id, pending.document_id, note=False)
    if known is not None:
        await _drop_needless(services, pending, clock)
        return known
    last_deletion = await finish_earlier_deletion(services, pending.user_id, pending.document_id)
    refusal = await _refusal_of(services, pending)
    if refusal is None:
        return await _queue(services, pending, last_deletion)
    if refusal.code == "UPLOAD_INCOMPLETE":
        refusal = _not_arrived(pending)
    else:
        await _remove(services, pending, clock, refusal)
    await _give_up_when_over(services, pending)
    raise refusal


async def _refusal_of(services: Services, pending: PendingUpload) -> AccessaError | None:
    """Read the stored file once, no further than it may be long, and return what is wrong with it."""
    measured = MeasuredContent(pending.bytes_len)
    try:
        async with aclosing(services.storage.blocks(pending.raw_path)) as blocks:
            async for block in blocks:
                await asyncio.to_thread(measured.add, block)
    except PermanentError as error:
        if error.code != "SOURCE_MISSING":
            raise
        return UsageError("UPLOAD_INCOMPLETE")
    except UsageError:
        return _mismatch(f"it is longer than the {pending.bytes_len} bytes that were announced")
    return _difference(measured, pending)


def _difference(measured: MeasuredContent, pending: PendingUpload) -> AccessaError | None:
    if measured.size < pending.bytes_len:
        return _mismatch(f"it has {measured.size} bytes, and {pending.bytes_len} were announced")
    if measured.sha256 != pending.file_sha256:
        return _mismatch("its SHA-256 is not the one that was announced")
    kind = measured.kind(pending.filename)
    if kind is None:
        return UsageError("UNSUPPORTED_TYPE")
    if kind.mime != pending.mime:
        return _mismatch(f"its content is {kind.mime}, and {pending.mime} was announced")
    return None


def _mismatch(reason: str) -> AccessaError:
    sentence = f"The file that arrived is not the one that was announced: {reason}. It was removed; send the right one."
    return UsageError("UPLOAD_MISMATCH", sentence)


def _not_arrived(pending: PendingUpload) -> AccessaError:
    """Return what to say when there is no file: the last one may have been refused while nobody asked."""
    if pending.last_error:
        return UsageError(pending.last_error["code"], pending.last_error["message"])
    return UsageError("UPLOAD_INCOMPLETE")


async def _queue(services: Services, pending: PendingUpload, last_deletion: int) -> Acceptance:
    """Store document and job, unless a deletion came since the file was read and may have taken it along."""
    document = NewDocument(
        document_id=pending.document_id,
        user_id=pending.user_id,
        filename=pending.filename,
        mime=pending.mime,
        bytes_len=pending.bytes_len,
        file_sha256=pending.file_sha256,
        raw_path=pending.raw_path,
    )
    with traces.span_or_root("queue upload"):
        row = await _store(services, pending, document, last_deletion)
    failpoint("complete_upload.after_row_before_response")
    services.ring()
    return Acceptance(**(row or {}), duplicate=False)


async def _store(
    services: Services, pending: PendingUpload, document: NewDocument, last_deletion: int
) -> Mapping[str, Any] | None:
    async with services.database.transaction() as connection:
        await lock_document(connection, pending.document_id)
        last = await find_last_event(connection, pending.document_id)
        if last is not None and last.event_id != last_deletion:
            raise RecoverableError("DOCUMENT_BEING_DELETED")
        if not await delete_pending(connection, pending) or not await insert_document(connection, document):
            raise LeaseLostError
        row = await insert_job(
            connection,
            pending.document_id,
            services.plan(),
            job_id=pending.job_id,
            correlation_id=pending.correlation_id,
        )
        failpoint("complete_upload.before_commit")
    return row


async def _drop_needless(services: Services, pending: PendingUpload, clock: LeaseClock) -> None:
    """Forget an upload whose document is there; its file goes, unless that is the one the document lives by."""
    if await find_raw_path(services.database, pending.user_id, pending.document_id) != pending.raw_path:
        await _remove(services, pending, clock)
    async with services.database.transaction() as connection:
        await delete_pending(connection, pending)


async def _give_up_when_over(services: Services, pending: PendingUpload) -> None:
    if pending.over:
        async with services.database.transaction() as connection:
            await delete_pending(connection, pending)


async def _remove(
    services: Services, pending: PendingUpload, clock: LeaseClock, refusal: AccessaError | None = None
) -> None:
    """Remove the file, which must still be the one that was read: nobody else may have looked at it since.

    Why it goes is written down first, for a sender who asks later.
    """
    clock.check()
    if not await fence_pending(services.database, pending, refusal.as_row() if refusal else None):
        raise LeaseLostError
    failpoint("complete_upload.after_refusal_before_removal")
    await services.storage.delete([pending.raw_path])


async def _acceptance_of_old(services: Services, user_id: UUID, document: UUID) -> Acceptance:
    known = await known_acceptance(services, user_id, document, note=False)
    if known is None:
        raise UsageError("NOT_FOUND", "There is no such upload for this user, or its time is over; announce it again.")
    return known
