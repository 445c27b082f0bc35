"""Fenced transactions: every effect of a worker begins by proving that the job is still its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError, BudgetReachedError, GateClosedError, LeaseLostError
from accessa.domain.job import Job
from accessa.domain.provider_identity import OURSELVES
from accessa.domain.statuses import Status, check_move, move_from
from accessa.failpoints import failpoint
from accessa.store.database import Connection, Database
from accessa.store.statements import load


@dataclass(frozen=True, slots=True)
class Trace:
    """What only this effect can have left in the database: a statement that then answers true, and its arguments."""

    statement: str
    arguments: tuple[Any, ...]


@dataclass(slots=True)
class Effect:
    """One open fenced transaction on a job; what is done through it lands as a whole or not at all."""

    connection: Connection
    job: Job
    trace: Trace | None = None

    def leaves(self, statement: str, *arguments: Any) -> None:
        """Remember by what it can be told later whether this effect was committed; the last stands for all of it."""
        self.trace = Trace(statement, arguments)

    async def advance(
        self,
        target: Status,
        *,
        progress: dict[str, Any] | None = None,
        error: dict[str, object] | None = None,
        parsed_path: str | None = None,
        parsed_sha256: str | None = None,
        set_id: UUID | None = None,
    ) -> Job:
        """Move the job to `target`, keep the new facts about it, and return it as it then is."""
        check_move(self.job.status, target)
        row = await self.connection.fetchrow(
            load("advance_job"),
            self.job.job_id,
            self.job.lease_epoch,
            self.job.lease_owner,
            self.job.status,
            target,
            progress or {},
            error,
            parsed_path,
            parsed_sha256,
            set_id,
        )
        if row is None:
            raise LeaseLostError
        self.leaves("job_was_left", self.job.job_id, self.job.lease_epoch, target)
        failpoint(f"{move_from(self.job.status).stage}.before_commit", self.job.document_id)
        return replace(
            self.job,
            status=target,
            parsed_path=row["parsed_path"],
            parsed_sha256=row["parsed_sha256"],
            set_id=row["set_id"],
            progress=row["progress"],
            crash_count=0,
            wait_count=0,
        )

    async def note_progress(self, progress: dict[str, Any]) -> None:
        """Merge counts into the job's progress without moving it."""
        await self.connection.execute(load("note_progress"), self.job.job_id, progress)

    async def note_error(self, error: AccessaError, *, counted: bool) -> int:
        """Keep an error on the job and in its events; only a counted one uses up an attempt.

        Returns how many attempts are used up since the job last got further.
        """
        attempts: int = await self.connection.fetchval(
            load("record_job_error"), self.job.job_id, self.job.lease_epoch, counted, error.as_row()
        )
        return attempts

    async def note_wait(self, closed: GateClosedError | BudgetReachedError) -> None:
        """Keep on the job at whose gate it waits, and why; nothing happened that an event would tell.

        It is claimed again when it is due and that gate lets jobs through; before a budget it waits at no gate.
        """
        gate = (closed.provider, closed.tokens) if isinstance(closed, GateClosedError) else ("", 0)
        await self.connection.execute(load("note_wait"), self.job.job_id, self.job.lease_epoch, closed.as_row(), *gate)

    async def event(
        self,
        kind: str,
        code: str,
        payload: dict[str, Any] | None = None,
        *,
        severity: str = "info",
        provider: str = OURSELVES,
    ) -> None:
        """Add one event, of what `provider` did; the payload holds ids, counts and hashes, never text."""
        await self.connection.execute(
            load("insert_event"),
            self.job.job_id,
            self.job.document_id,
            kind,
            severity,
            code,
            self.job.lease_epoch,
            payload or {},
            self.job.correlation_id,
            provider,
        )

    async def release(self, *, due_in_seconds: float = 0.0, code: str = "JOB_RELEASED") -> None:
        """Let go of the job; it is due again after the pause, or at once when a webhook came meanwhile."""
        await self.connection.execute(load("release_job"), self.job.job_id, self.job.lease_epoch, due_in_seconds, code)
        failpoint("release.before_commit")


@asynccontextmanager
async def fenced(database: Database, job: Job, *, lease_seconds: float) -> AsyncIterator[Effect]:
    """Open a transaction that holds only while `job` is still leased to its owner; it renews the lease as well.

    Raises `LeaseLostError` when another worker has claimed the job or it has moved on.
    """
    async with database.transaction() as connection:
        held = await connection.fetchval(
            load("fence_job"), job.job_id, job.lease_epoch, job.lease_owner, job.status, lease_seconds
        )
        if held is None:
            raise LeaseLostError
        yield Effect(connection, job)
