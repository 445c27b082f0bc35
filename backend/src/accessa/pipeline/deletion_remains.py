"""What comes too late for a deletion: files written by a worker or an upload that was at it when the document went."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from uuid import UUID, uuid4

from accessa.domain.errors import AccessaError, RecoverableError
from accessa.domain.file_types import BY_MIME
from accessa.domain.job import Job
from accessa.pipeline.delete_document import HeldDeletion, find_remains, finish, hold, refuse_if_held
from accessa.pipeline.provider_copies import ProviderCopies, delete_copies
from accessa.pipeline.services import Services
from accessa.store import deletions
from accessa.store.deletions import DeletionTally
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_PAUSE_SECONDS = 0.5


async def finish_earlier_deletion(services: Services, user_id: UUID, document_id: UUID) -> int:
    """Finish a deletion that was cut short, so that the same bytes may come anew; return its last event, or 0.

    The event is the end of a deletion, so any later one of the document tells of another deletion.
    Raises `RecoverableError` DOCUMENT_BEING_DELETED while another process is at it.
    """
    held = await _take_over(services, user_id, document_id, None)
    if held is not None:
        await finish(services, held)
    async with services.database.connection() as connection:
        last = await deletions.find_last_event(connection, document_id)
    if last is None:
        return 0
    if last.is_open:  # begun since we looked, so it may take away what would be stored now
        raise RecoverableError("DOCUMENT_BEING_DELETED")
    return last.event_id


async def clear_after_job(services: Services, job: Job) -> None:
    """Remove what a worker wrote for a job whose document was deleted under its hands; any other job is left alone."""
    asks_provider = BY_MIME[job.mime].needs_parser and job.parsed_path is None
    try:
        await clear_remains(services, job.user_id, job.document_id, files_listed=not asks_provider)
    except AccessaError as error:
        log.warning("Remains of a deleted document could not be removed", code=error.code)


async def clear_remains(services: Services, user_id: UUID, document_id: UUID, *, files_listed: bool = True) -> None:
    """Remove what was written after a document had been deleted; nothing, if it is there or was never deleted.

    Files are removed under the deletion's own record, so that an upload of the same bytes waits its turn.
    """
    if files_listed and not await find_remains(services, user_id, document_id):
        return
    held = await _wait_for_turn(services, user_id, document_id, DeletionTally(files_listed=files_listed))
    if held is not None:
        await finish(services, held)


async def clear_orphan(services: Services, user_id: UUID, document_id: UUID) -> bool:
    """Remove the files of a document of which there is no row, as its upload died before it was promised to anybody.

    False when a row has come meanwhile. An upload of the same bytes that is under way sees the record of the removal
    and gives way, so that no job is left without its file. Raises `RecoverableError` DOCUMENT_BEING_DELETED too.
    """
    async with services.database.transaction() as connection:
        await deletions.lock_document(connection, document_id)
        if not await deletions.select_ownerless(connection, [document_id]):
            return False
        last = await deletions.find_last_event(connection, document_id)
        refuse_if_held(last, services)
        held = await hold(connection, services, _orphan_of(user_id, document_id, last))
    await finish(services, held)
    return True


def _orphan_of(user_id: UUID, document_id: UUID, last: deletions.LastEvent | None) -> deletions.Deletion:
    if last is not None:
        return last.deletion if last.is_open else _for_remains(last.deletion, DeletionTally())
    # No job was ever made, so the events are filed under an id of their own.
    filed_under = uuid4()
    return deletions.Deletion(
        document_id, user_id, filed_under, filed_under, deletions.REMAINS_DELETED, DeletionTally()
    )


async def _wait_for_turn(
    services: Services, user_id: UUID, document_id: UUID, remains: DeletionTally
) -> HeldDeletion | None:
    """Take over as soon as nobody else is at it, which is at the latest when a lease has run out."""
    for _ in range(math.ceil(services.settings.worker.lease_seconds / _PAUSE_SECONDS)):
        try:
            return await _take_over(services, user_id, document_id, remains)
        except RecoverableError as error:
            if error.code != "DOCUMENT_BEING_DELETED":
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
    return await _take_over(services, user_id, document_id, remains)


async def _take_over(
    services: Services, user_id: UUID, document_id: UUID, remains: DeletionTally | None
) -> HeldDeletion | None:
    """Take over a deletion that was cut short, or open a new one for `remains`; None where there is nothing to do."""
    async with services.database.transaction() as connection:
        await deletions.lock_document(connection, document_id)
        last = await deletions.find_last_event(connection, document_id)
        if last is None or last.deletion.user_id != user_id:
            return None
        refuse_if_held(last, services)
        if await deletions.document_exists(connection, document_id):
            return None
        if last.is_open:
            return await hold(connection, services, last.deletion)
        if remains is None:
            return None
        return await hold(connection, services, _for_remains(last.deletion, remains))


def _for_remains(earlier: deletions.Deletion, remains: DeletionTally) -> deletions.Deletion:
    tally = replace(
        remains, provider_jobs=earlier.tally.provider_jobs, provider_files=earlier.tally.provider_files,
        provider_orders=earlier.tally.provider_orders,
        files_listed=remains.files_listed and earlier.tally.files_listed,
    )  # fmt: skip
    return replace(earlier, ends_as=deletions.REMAINS_DELETED, tally=tally)


async def call_off_parse(services: Services, job: Job, provider_job_id: str) -> None:
    """Cancel and delete a parse whose id no row can keep any more, as its document was deleted meanwhile."""
    try:
        async with services.database.connection() as connection:
            if await deletions.document_exists(connection, job.document_id):
                return
        await delete_copies(services, job.document_id, ProviderCopies([provider_job_id], [], files_listed=True))
    except AccessaError as error:
        log.warning("The parse of a deleted document could not be called off", code=error.code)
