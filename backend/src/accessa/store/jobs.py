"""Jobs: claimed by workers, created by uploads and retries, read by their users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from accessa.domain.job import Job
from accessa.domain.provider_identity import OURSELVES
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.store.database import Connection, Database
from accessa.store.statements import load
from accessa.telemetry import traces
from accessa.telemetry.metrics import JOBS_CLAIMED

_JOB_FIELDS = Job._fields
_TRACED_IDS = ("job_id", "document_id", "correlation_id")


@dataclass(frozen=True, slots=True)
class JobPlan:
    """What a new job is to do: chunker (`name@version`), embedding model and version, patience, lane and priority."""

    chunks_version: str
    embed_model: str
    embed_version: str
    max_attempts: int
    lane: str = "interactive"
    priority: int = 0


@dataclass(slots=True)
class Turns:
    """Whose turn it was last with one worker: its next claim begins with the user after that."""

    served: UUID | None = None


async def claim_jobs(
    database: Database,
    *,
    owner: str,
    lease_seconds: float,
    limit: int,
    jobs_per_user: int = 0,
    max_crashes: int = 3,
    turns: Turns | None = None,
) -> list[Job]:
    """Claim up to `limit` due jobs for `owner` in one statement; each comes with a new epoch.

    `jobs_per_user` (0: any number) counts what all workers hold of a user; workers that claim in the same moment may
    exceed it by what they claim. A job whose next death would be its last, of `max_crashes`, comes `set_aside`.
    """
    turns = turns or Turns()
    async with database.connection() as connection:
        rows = await connection.fetch(
            load("claim_jobs"), owner, lease_seconds, limit, jobs_per_user, turns.served, max_crashes - 1
        )
    taken = [row for row in rows if row["job_id"] is not None]
    for how, jobs in Counter(_how_claimed(row) for row in taken).items():
        JOBS_CLAIMED.labels(how).inc(jobs)
    claimed = [_as_job(row) for row in taken]
    if rows:
        turns.served = rows[-1]["walked_to"] or claimed[-1].user_id
    return claimed


def _how_claimed(row: Mapping[str, Any]) -> str:
    if row["last_owner"] is None:
        return "fresh"
    return "crashed" if row["crashed"] else "taken_over"


async def begin_job(database: Database, job: Job) -> bool:
    """Begin with a job that was set aside: from now on a death counts. False when it is the owner's no more."""
    async with database.connection(reserved=True) as connection:
        begun = await connection.fetchval(load("begin_job"), job.job_id, job.lease_epoch, job.lease_owner)
    return begun is not None


def _as_job(row: Mapping[str, Any]) -> Job:
    values = {name: row[name] for name in _JOB_FIELDS}
    return Job(**{**values, "status": Status(row["status"])})


async def insert_job(
    connection: Connection,
    document_id: UUID,
    plan: JobPlan,
    *,
    retry_of: UUID | None = None,
    job_id: UUID | None = None,
    correlation_id: UUID | None = None,
    told: Mapping[str, Any] | None = None,
) -> Mapping[str, Any] | None:
    """Create a job for a document and return its row; None when the document already has one under way.

    The ids are new ones unless they have been promised to somebody before; its first event tells what is `told`.
    """
    row: Mapping[str, Any] | None = await connection.fetchrow(
        load("insert_job"),
        job_id or uuid4(),
        document_id,
        plan.chunks_version,
        plan.embed_model,
        plan.embed_version,
        plan.max_attempts,
        retry_of,
        correlation_id or uuid4(),
        plan.lane,
        dict(told or {}),
        plan.priority,
        traces.current_context(),
    )
    if row is not None:
        traces.note(**{name: str(row[name]) for name in _TRACED_IDS})
    return row


async def note_event(
    connection: Connection,
    job: Mapping[str, Any],
    code: str,
    *,
    kind: str = "note",
    payload: dict[str, Any] | None = None,
    provider: str = OURSELVES,
    epoch: int | None = None,
) -> None:
    """Add an event to a job (its row: ids and correlation id) from outside any lease; `epoch`: of a lease it ends."""
    ids = (job["job_id"], job["document_id"])
    await connection.execute(
        load("insert_event"), *ids, kind, "info", code, epoch, payload or {}, job["correlation_id"], provider
    )


async def renew_lease(database: Database, job: Job, lease_seconds: float) -> bool:
    """Push the lease's end out; False when the job belongs to somebody else by now."""
    async with database.connection(reserved=True) as connection:
        held = await connection.fetchval(
            load("renew_lease"), job.job_id, job.lease_epoch, job.lease_owner, lease_seconds
        )
    return held is not None


async def was_taken_over(database: Database, job: Job) -> bool:
    """Tell whether another worker has claimed the job since; False when it is gone."""
    async with database.connection() as connection:
        return bool(await connection.fetchval(load("job_was_taken_over"), job.job_id, job.lease_epoch))


async def adopt_jobs(database: Database, *, owner: str, lease_seconds: float, in_hand: Sequence[UUID]) -> list[Job]:
    """Return the jobs that are leased to `owner` without its having them in hand: a claim whose answer got lost."""
    async with database.connection(reserved=True) as connection:
        rows = await connection.fetch(load("adopt_jobs"), owner, lease_seconds, list(in_hand))
    return [_as_job(row) for row in rows]


async def resume_job(database: Database, job: Job, lease_seconds: float) -> Job | None:
    """Renew the lease and return the job as it truly stands; None when it is its owner's no more, or has ended."""
    async with database.connection(reserved=True) as connection:
        row = await connection.fetchrow(load("resume_job"), job.job_id, job.lease_epoch, job.lease_owner, lease_seconds)
    return _as_job(row) if row else None


async def hand_back(database: Database, job: Job) -> bool:
    """Let go of the job in whatever status its owner's last commit left it; False when it is the owner's no more."""
    async with database.transaction(reserved=True) as connection:
        owned = (job.job_id, job.lease_epoch)
        held = await connection.fetchval(load("renew_lease"), *owned, job.lease_owner, 0.0)
        if held is not None:
            await connection.execute(load("release_job"), *owned, 0.0, "JOB_RELEASED")
            failpoint("hand_back.before_commit")
    return held is not None


async def hand_back_all(database: Database, owner: str) -> None:
    """Let go of all that a worker holds, and write down that it has ended."""
    async with database.connection() as connection:
        await connection.execute(load("release_jobs_of_worker"), owner)


async def select_jobs(
    database: Database, user_id: UUID, *, subject: UUID | None = None, status: str | None = None, limit: int = 50
) -> Sequence[Mapping[str, Any]]:
    """Return the user's jobs, newest first; `subject` is a job id or a document id."""
    async with database.connection() as connection:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(
            load("select_jobs_of_user"), user_id, subject, status, limit
        )
    return rows


async def select_events(database: Database, user_id: UUID, job_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Return a job's events, oldest first; none for a job of another user."""
    async with database.connection() as connection:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(load("select_events_of_job"), user_id, job_id)
    return rows


async def measure_oldest_transaction(database: Database) -> float:
    """Return the age in seconds of the oldest transaction of the database, whoever it belongs to."""
    async with database.connection() as connection:
        age: float = await connection.fetchval(load("measure_oldest_transaction"))
    return age
