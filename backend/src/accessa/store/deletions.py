"""Deletions: their events are their record, so that one that was cut short can be finished after the rows are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from uuid import UUID

from accessa.store.database import Connection
from accessa.store.statements import load

STARTED = "DOCUMENT_DELETION_STARTED"
INTERRUPTED = "DOCUMENT_DELETION_INTERRUPTED"
DELETED = "DOCUMENT_DELETED"
REMAINS_DELETED = "DOCUMENT_REMAINS_DELETED"
# The largest documents have hundreds of thousands of passages, each with a vector; no other statement is that long.
_DELETE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class DeletionTally:
    """What a deletion has taken away so far, and which of the providers' copies are still to go.

    An order of the bulk lane is its key, the provider's batch id and the id of its file, both None while unknown.
    `files_listed` is False while the provider has not been asked which files and lost parses it holds under the
    document's id.
    """

    rows: dict[str, int] = field(default_factory=dict)
    cost_usd: str = "0"
    ledger_rows_kept: int = 0
    objects: int = 0
    parse_cancelled: bool = False
    provider_copies_deleted: int = 0
    provider_jobs: tuple[str, ...] = ()
    provider_files: tuple[str, ...] = ()
    provider_orders: tuple[tuple[str, str | None, str | None], ...] = ()
    files_listed: bool = True

    @property
    def provider_copies_left(self) -> int:
        """How many copies the provider still has; one at least where it could not be asked for its files."""
        files = len(self.provider_files) or int(not self.files_listed)
        return len(self.provider_jobs) + len(self.provider_orders) + files


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion; `job_id` is the job under which its events are filed, `ends_as` the code of its last one."""

    document_id: UUID
    user_id: UUID
    job_id: UUID
    correlation_id: UUID
    ends_as: str
    tally: DeletionTally


@dataclass(frozen=True, slots=True)
class LastEvent:
    """The newest event of a document's deletions."""

    event_id: int
    code: str
    age_seconds: float
    deletion: Deletion

    @property
    def is_open(self) -> bool:
        """Whether files of ours may be left."""
        return self.code in {STARTED, INTERRUPTED}

    @property
    def is_worth_another_try(self) -> bool:
        """Whether anything is left, be it ours or a copy at the provider."""
        return self.is_open or self.deletion.tally.provider_copies_left > 0

    def is_held(self, lease_seconds: float) -> bool:
        """Whether somebody is at it; who began longer ago than the lease has died."""
        return self.code == STARTED and self.age_seconds < lease_seconds


async def find_document(connection: Connection, user_id: UUID, subject: UUID) -> UUID | None:
    """Return the user's document with this id or this job, also when only events of its deletion remain."""
    document_id: UUID | None = await connection.fetchval(load("find_document_to_delete"), user_id, subject)
    return document_id


async def lock_document(connection: Connection, document_id: UUID) -> None:
    """Wait for other deletions and uploads of the same document to commit, and keep them out until this one does."""
    await connection.execute(load("lock_document"), document_id)


async def document_exists(connection: Connection, document_id: UUID) -> bool:
    """Tell whether the document is stored."""
    exists: bool = await connection.fetchval(load("document_exists"), document_id)
    return exists


async def select_ownerless(connection: Connection, documents: Sequence[UUID]) -> set[UUID]:
    """Return those of the documents of which there is no row, so that nobody was ever promised anything of them."""
    rows = await connection.fetch(load("select_ownerless_documents"), list(documents))
    return {row["id"] for row in rows}


async def lock_jobs(connection: Connection, document_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Lock and return the jobs of a document, newest first; a worker's transaction on one is waited for."""
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(load("lock_jobs_of_document"), document_id)
    return rows


async def delete_rows(connection: Connection, document_id: UUID) -> DeletionTally:
    """Delete all rows of a document; return what they were, and what the provider was given."""
    copies = await connection.fetch(load("select_provider_copies"), document_id)
    orders = await connection.fetch(load("select_provider_orders"), document_id)
    await connection.execute(load("limit_statement_time"), f"{_DELETE_SECONDS:g}s")
    counts = dict(await connection.fetchrow(load("delete_document_rows"), document_id, timeout=_DELETE_SECONDS))
    cost, kept = f"{counts.pop('cost_usd'):f}", counts.pop("ledger_rows_kept")
    return DeletionTally(
        rows=counts,
        cost_usd=cost,
        ledger_rows_kept=kept,
        provider_jobs=tuple(row["provider_job_id"] for row in copies if row["provider_job_id"]),
        provider_files=tuple(row["provider_file_id"] for row in copies if row["provider_file_id"]),
        provider_orders=tuple(tuple(row) for row in orders),
        files_listed=not copies,
    )


async def count_rows(connection: Connection, document_id: UUID) -> int:
    """Count the rows that are left of a document."""
    count: int = await connection.fetchval(load("count_document_rows"), document_id)
    return count


async def find_last_event(connection: Connection, document_id: UUID) -> LastEvent | None:
    """Return the newest event of the document's deletions, or None when it was never deleted."""
    row = await connection.fetchrow(load("find_deletion"), document_id)
    if row is None:
        return None
    payload: dict[str, Any] = row["payload"]
    told: dict[str, Any] = {name.name: payload[name.name] for name in fields(DeletionTally) if name.name in payload}
    told = {name: _frozen(value) for name, value in told.items()}
    deletion = Deletion(
        document_id,
        UUID(payload["user_id"]),
        row["job_id"],
        row["correlation_id"],
        payload["ends_as"],
        DeletionTally(**told),
    )
    return LastEvent(row["event_id"], row["code"], row["age_seconds"], deletion)


async def record(connection: Connection, deletion: Deletion, code: str) -> int:
    """Add an event that says how far a deletion has come, in ids and counts; return its number."""
    payload = {"user_id": str(deletion.user_id), "ends_as": deletion.ends_as, **asdict(deletion.tally)}
    event_id: int = await connection.fetchval(
        load("insert_deletion_event"),
        deletion.document_id,
        deletion.job_id,
        deletion.correlation_id,
        code,
        payload,
    )
    return event_id


def _frozen(value: Any) -> Any:
    """Return lists, which JSON has in the place of tuples, as the tuples they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
