"""Jobs that their users have ended before their time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accessa.domain.statuses import Status, move_from
from accessa.store.database import Connection, Database
from accessa.store.jobs import note_event
from accessa.store.statements import load

CANCELLED = "JOB_CANCELLED"


@dataclass(frozen=True, slots=True)
class LockedJob:
    """A job that nobody else can move while its row is locked; `code` is that of its last error."""

    job_id: UUID
    document_id: UUID
    status: Status
    correlation_id: UUID
    lane: str
    lease_owner: str | None
    lease_epoch: int
    code: str | None
    ended_seconds_ago: float | None


async def lock_job(connection: Connection, user_id: UUID, subject: UUID) -> LockedJob | None:
    """Lock and return the job, or the newest one of a document; `subject` is either id."""
    row = await connection.fetchrow(load("lock_job_of_user"), user_id, subject)
    return LockedJob(**{**row, "status": Status(row["status"])}) if row else None


async def end(connection: Connection, job: LockedJob, user_id: UUID, error: Mapping[str, object]) -> Status:
    """End a locked job as failed where it stands, take it from its holder, and tell both in its events."""
    move = move_from(job.status)
    await connection.execute(load("cancel_job"), job.job_id, job.status, move.fails_to, error)
    facts: dict[str, Any] = {"job_id": job.job_id, "document_id": job.document_id, "correlation_id": job.correlation_id}
    if job.lease_owner is not None:
        payload = {"status": move.fails_to, "due_in_seconds": 0}
        await note_event(connection, facts, CANCELLED, kind="released", payload=payload, epoch=job.lease_epoch)
    told = {"by": user_id, "stage": move.stage, "was_held": job.lease_owner is not None}
    await note_event(connection, facts, CANCELLED, payload=told)
    return move.fails_to


async def is_cancelled(database: Database, job_id: UUID) -> bool:
    """Tell whether somebody has ended the job before its time."""
    async with database.connection() as connection:
        return await connection.fetchrow(load("is_job_cancelled"), job_id) is not None
