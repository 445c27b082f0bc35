"""All that is known of one document, for a developer: rows, events, calls, and its objects in the storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError, UsageError
from accessa.observe.document_timeline import Timeline, read_timeline, told_event
from accessa.observe.stored_objects import FoundObject, list_unnamed, look_up
from accessa.providers.storage import StorageClient, document_prefixes
from accessa.store.chunks import select_texts
from accessa.store.database import Database
from accessa.store.deletions import LastEvent, find_last_event
from accessa.store.documents import select_documents
from accessa.store.inspections import (
    NamedObject,
    Rows,
    find_document_of_any_id,
    list_named_objects,
    measure_chunk_sets,
    measure_vectors,
)
from accessa.store.jobs import select_jobs
from accessa.store.pending_uploads import find_announced_path
from accessa.store.receipts import find_receipt
from accessa.store.statements import load

_MOST_JOBS = 20
_MOST_EVENTS = 1000

Row = Mapping[str, Any]
# Set, place in it, id and text of a chunk.
Text = tuple[UUID, int, UUID, str]


@dataclass(frozen=True, slots=True)
class ObjectFindings:
    """The objects that rows name, what the storage says of each, those that no row names, or why it says nothing."""

    named: Sequence[NamedObject] = ()
    found: Sequence[FoundObject] = ()
    unnamed: Sequence[str] = ()
    trouble: AccessaError | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """A document that is there; jobs, each with its timeline, the newest last; texts of chunks where asked for."""

    user_id: UUID
    document: Row
    jobs: Sequence[tuple[Row, Timeline]]
    sets: Rows
    vectors: Rows
    receipt: Row | None
    objects: ObjectFindings
    texts: Sequence[Text]


@dataclass(frozen=True, slots=True)
class DeletedInspection:
    """What is left of a document that was deleted: the last event of its deletion, those before, and its objects."""

    last: LastEvent
    events: Sequence[Row]
    calls: Rows
    objects: ObjectFindings


async def inspect(
    database: Database, storage: StorageClient, subject: UUID, *, with_texts: bool
) -> Inspection | DeletedInspection:
    """Return what is known of the document that `subject` leads to: its id, that of a job, or a correlation id.

    A storage that does not answer is told as such. Raises `UsageError` NOT_FOUND, or UPLOAD_INCOMPLETE of a document
    that was announced only.
    """
    async with database.connection() as connection:
        found = await find_document_of_any_id(connection, subject)
    if found is None:
        raise await _unknown(database, subject)
    document_id, user_id = found
    if user_id is not None:
        documents = await select_documents(database, user_id, document_id=document_id, limit=1)
        if documents:
            return await _of_document(database, storage, user_id, documents[0], with_texts=with_texts)
    return await _of_deletion(database, storage, subject, document_id)


async def _unknown(database: Database, subject: UUID) -> UsageError:
    if await find_announced_path(database, subject):
        return UsageError("UPLOAD_INCOMPLETE")
    return UsageError("NOT_FOUND", f"This database knows no document, job or upload {subject}; check the id.")


async def _of_document(
    database: Database, storage: StorageClient, user_id: UUID, document: Row, *, with_texts: bool
) -> Inspection:
    document_id = document["document_id"]
    jobs = await select_jobs(database, user_id, subject=document_id, limit=_MOST_JOBS)
    async with database.connection() as connection:
        told = [(job, await read_timeline(connection, job["job_id"])) for job in reversed(jobs)]
        sets = await measure_chunk_sets(connection, document_id)
        vectors = await measure_vectors(connection, document_id)
    return Inspection(
        user_id,
        document,
        [(job, timeline) for job, timeline in told if timeline is not None],
        sets,
        vectors,
        await find_receipt(database, user_id, document_id),
        await _objects(database, storage, user_id, document_id),
        await _texts(database, sets) if with_texts else [],
    )


async def _texts(database: Database, sets: Rows) -> list[Text]:
    return [
        (one["set_id"], place, *chunk)
        for one in sets
        for place, chunk in enumerate(await select_texts(database, one["set_id"], range(one["chunks"])))
    ]


async def _of_deletion(
    database: Database, storage: StorageClient, subject: UUID, document_id: UUID
) -> DeletedInspection:
    async with database.connection() as connection:
        last = await find_last_event(connection, document_id)
        if last is None:
            raise await _unknown(database, subject)
        job_id = last.deletion.job_id
        events = await connection.fetch(load("list_events_for_timeline"), job_id, _MOST_EVENTS)
        calls = await connection.fetch(load("list_calls_for_timeline"), job_id, _MOST_EVENTS)
    objects = await _objects(database, storage, last.deletion.user_id, document_id)
    return DeletedInspection(last, [told_event(event) for event in events], calls, objects)


async def _objects(database: Database, storage: StorageClient, user_id: UUID, document_id: UUID) -> ObjectFindings:
    named = await list_named_objects(database, [document_id])
    try:
        found = await look_up(storage, named)
        return ObjectFindings(named, found, await list_unnamed(storage, document_prefixes(user_id, document_id), named))
    except AccessaError as trouble:
        return ObjectFindings(named, trouble=trouble)
