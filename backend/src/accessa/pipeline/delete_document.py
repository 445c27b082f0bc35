"""Deletes a document with all that was made of it: rows first and at once, then files, then the provider's copies.

The rows go in one transaction that leaves a record of the deletion, so that whatever cuts it short can be made good.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from accessa.domain.errors import AccessaError, RecoverableError, UsageError
from accessa.failpoints import failpoint
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.provider_copies import ProviderCopies, delete_copies
from accessa.pipeline.services import Services
from accessa.providers.storage import document_prefixes
from accessa.store import deletions
from accessa.store.database import Connection
from accessa.store.deletions import Deletion, DeletionTally, LastEvent
from accessa.store.pending_uploads import find_announced_path
from accessa.telemetry.log_context import note
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class DeletionProof:
    """What was deleted, over all calls that it took, and what a second look found `left` in tables and storage.

    The rows of the ledger are kept: ids, counts and cost of what was bought, without a word of the document.
    """

    document_id: UUID
    rows: dict[str, int]
    ledger_rows_kept: int
    cost_usd: float
    objects: int
    parse_cancelled: bool
    provider_copies_deleted: int
    provider_copies_left: int
    left: int


@dataclass(frozen=True, slots=True)
class HeldDeletion:
    """A deletion that this process carries out: its last event is ours, and the lease on it has begun."""

    event_id: int
    deletion: Deletion
    clock: LeaseClock


async def delete_document(services: Services, user_id: UUID, subject: UUID) -> DeletionProof:
    """Delete the user's document (`subject`: its id or that of one of its jobs), or finish a deletion cut short.

    Raises `UsageError` NOT_FOUND, and `RecoverableError` DOCUMENT_BEING_DELETED or DELETION_UNFINISHED.
    """
    async with services.database.transaction() as connection:
        document_id = await deletions.find_document(connection, user_id, subject)
        if document_id is None:
            raise UsageError("NOT_FOUND")
        note(document_id=str(document_id))
        await deletions.lock_document(connection, document_id)
        last = await deletions.find_last_event(connection, document_id)
        refuse_if_held(last, services)
        deletion = await _delete_rows(connection, user_id, document_id, subject, last)
        held = await hold(connection, services, deletion)
        failpoint("delete.before_commit")
    failpoint("delete.after_rows_before_objects")
    return await finish(services, held)


def refuse_if_held(last: LastEvent | None, services: Services) -> None:
    """Raise DOCUMENT_BEING_DELETED while another process is at it."""
    if last is not None and last.is_held(services.settings.worker.lease_seconds):
        raise RecoverableError("DOCUMENT_BEING_DELETED")


async def hold(connection: Connection, services: Services, deletion: Deletion) -> HeldDeletion:
    """Record that this process is at it from now on; until the lease has run out nobody else is."""
    clock = LeaseClock(services.settings.worker.lease_seconds)
    return HeldDeletion(await deletions.record(connection, deletion, deletions.STARTED), deletion, clock)


async def _delete_rows(
    connection: Connection, user_id: UUID, document_id: UUID, subject: UUID, last: LastEvent | None
) -> Deletion:
    """Delete the rows, or return the deletion that did so earlier and has something left to do."""
    jobs = await deletions.lock_jobs(connection, document_id)
    if not jobs and last is not None and last.is_worth_another_try:
        return last.deletion if last.is_open else replace(last.deletion, ends_as=deletions.REMAINS_DELETED)
    if subject not in {document_id, *(job["job_id"] for job in jobs)} or not jobs:
        raise UsageError("NOT_FOUND")
    tally = await deletions.delete_rows(connection, document_id)
    if last is not None:
        tally = _with_copies_of(tally, last.deletion.tally)
    newest = jobs[0]
    return Deletion(document_id, user_id, newest["job_id"], newest["correlation_id"], deletions.DELETED, tally)


def _with_copies_of(tally: DeletionTally, earlier: DeletionTally) -> DeletionTally:
    """Take over the copies that an earlier deletion of the same bytes could not delete at the provider."""
    return replace(
        tally,
        provider_jobs=tuple({*tally.provider_jobs, *earlier.provider_jobs}),
        provider_files=tuple({*tally.provider_files, *earlier.provider_files}),
        provider_orders=tuple({*tally.provider_orders, *earlier.provider_orders}),
        files_listed=tally.files_listed and earlier.files_listed,
    )


async def finish(services: Services, held: HeldDeletion) -> DeletionProof:
    """Remove the files and the provider's copies, look again, and record the end of the deletion."""
    deletion, tally = held.deletion, held.deletion.tally
    try:
        tally = await _remove_objects(services, held)
        failpoint("delete.after_objects_before_copies")
        tally = await _remove_copies(services, deletion.document_id, tally)
        failpoint("delete.after_copies_before_record")
        left = await _look_again(services, deletion)
        if left:
            raise RecoverableError("DELETION_UNFINISHED")
    except AccessaError as error:
        log.warning("A deletion was cut short", document_id=str(deletion.document_id), code=error.code)
        with suppress(AccessaError):  # without it the next call has to wait for the lease to run out
            await _record(services, held, tally, deletions.INTERRUPTED)
        raise RecoverableError("DELETION_UNFINISHED", provider_status=error.provider_status) from None
    await _record(services, held, tally, deletion.ends_as)
    failpoint("delete.after_record_before_response")
    log.info("Document deleted", document_id=str(deletion.document_id), objects=tally.objects)
    return DeletionProof(
        deletion.document_id,
        tally.rows,
        tally.ledger_rows_kept,
        float(tally.cost_usd),
        tally.objects,
        tally.parse_cancelled,
        tally.provider_copies_deleted,
        tally.provider_copies_left,
        left,
    )


async def _remove_objects(services: Services, held: HeldDeletion) -> DeletionTally:
    """Remove all that lies under the document's names; a worker that is still writing may need a second round."""
    tally = held.deletion.tally
    for _ in range(_ROUNDS):
        held.clock.check()
        found = await _objects_of(services, held.deletion)
        if not found:
            break
        held.clock.check()
        removed = await services.storage.delete(found)
        tally = replace(tally, objects=tally.objects + removed)
    return tally


async def _objects_of(services: Services, deletion: Deletion) -> list[str]:
    if deletion.ends_as == deletions.REMAINS_DELETED:
        return await find_remains(services, deletion.user_id, deletion.document_id)
    return await find_objects(services, deletion.user_id, deletion.document_id)


async def find_remains(services: Services, user_id: UUID, document_id: UUID) -> list[str]:
    """Return the paths of all that is left of a deleted document, without a file that was announced since."""
    found = await find_objects(services, user_id, document_id)
    announced = await find_announced_path(services.database, document_id) if found else None
    return [path for path in found if path != announced]


async def find_objects(services: Services, user_id: UUID, document_id: UUID) -> list[str]:
    """Return the paths of all that the storage holds of a document, known to our tables or not."""
    prefixes = document_prefixes(user_id, document_id)
    return [path for prefix in prefixes for path in await services.storage.list_paths(prefix)]


async def _remove_copies(services: Services, document_id: UUID, tally: DeletionTally) -> DeletionTally:
    copies = ProviderCopies.of(tally)
    if not copies.are_gone:
        await delete_copies(services, document_id, copies)
    return replace(
        tally,
        parse_cancelled=tally.parse_cancelled or copies.cancelled,
        provider_copies_deleted=tally.provider_copies_deleted + copies.deleted,
        provider_jobs=tuple(copies.jobs),
        provider_files=tuple(copies.files),
        provider_orders=tuple(copies.orders),
        files_listed=copies.files_listed,
    )


async def _look_again(services: Services, deletion: Deletion) -> int:
    async with services.database.connection() as connection:
        rows = await deletions.count_rows(connection, deletion.document_id)
    return rows + len(await _objects_of(services, deletion))


async def _record(services: Services, held: HeldDeletion, tally: DeletionTally, code: str) -> None:
    """Record how far the deletion has come, unless another process has taken it over meanwhile."""
    document_id = held.deletion.document_id
    async with services.database.transaction() as connection:
        await deletions.lock_document(connection, document_id)
        last = await deletions.find_last_event(connection, document_id)
        if last is None or last.event_id != held.event_id:
            raise RecoverableError("DOCUMENT_BEING_DELETED")
        await deletions.record(connection, replace(held.deletion, tally=tally), code)
