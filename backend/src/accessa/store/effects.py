"""Fenced transactions: every effect of a worker begins by proving that the jobs are still its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
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
    """What only this effect can have left in the database: a statement that then answers true, and its arguments.

    `job_id` is a job that its transaction holds.
    """

    job_id: UUID
    statement: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a move makes known about its job; what is None stays as it is."""

    progress: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, object] | None = None
    parsed_path: str | None = None
    parsed_sha256: str | None = None
    set_id: UUID | None = None

    def then(self, later: Facts) -> Facts:
        """Return what is known once the later facts are as well."""
        return Facts(
            {**self.progress, **later.progress},
            later.error,
            later.parsed_path or self.parsed_path,
            later.parsed_sha256 or self.parsed_sha256,
            later.set_id or self.set_id,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a job's story, of what `provider` did; the payload holds ids, counts and hashes, never text."""

    job: Job
    kind: str
    code: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "info"
    provider: str = OURSELVES


@dataclass(frozen=True, slots=True)
class JobMove:
    """A job, as it is, and where it goes with what facts: a move of the machine, or several in a row.

    `via` are the statuses it passes on the way, each with its own check and event.
    """

    job: Job
    target: Status
    facts: Facts = field(default_factory=Facts)
    via: tuple[Status, ...] = ()
    row: Mapping[str, Any] = field(default_factory=dict)  #: what it left in the database, once it is there

    @property
    def path(self) -> tuple[Status, ...]:
        """Every status from where it is to where it goes."""
        return (self.job.status, *self.via, self.target)

    def then(self, target: Status, facts: Facts) -> JobMove:
        """Return the moves so far with one more."""
        return replace(self, target=target, via=(*self.via, self.target), facts=self.facts.then(facts))

    def as_row(self) -> tuple[Any, ...]:
        """Return it as the move's statement takes it."""
        job, facts = self.job, self.facts
        return (
            job.job_id,
            job.lease_epoch,
            job.lease_owner,
            job.status,
            self.target,
            facts.progress,
            facts.error,
            facts.parsed_path,
            facts.parsed_sha256,
            facts.set_id,
            len(self.path) - 1,
        )

    def done(self) -> Job:
        """Return the job as it is after the move, as the database says."""
        row = self.row
        return self.job._replace(
            status=self.target,
            parsed_path=row["parsed_path"],
            parsed_sha256=row["parsed_sha256"],
            set_id=row["set_id"],
            progress=row["progress"],
            crash_count=0,
            attempts_in_row=0,
            wait_count=0,
        )


@dataclass(slots=True)
class SharedEffect:
    """One open fenced transaction on several jobs; what is done through it lands as a whole or not at all.

    `jobs` are those that were still their owner's; `lease_left` is for how many seconds the shortest lease holds.
    """

    connection: Connection
    jobs: dict[UUID, Job]
    lease_seconds: float
    lease_left: float
    trace: Trace | None = None
    #: How often it was done and undone before, as it met what another transaction had done.
    conflicts: int = 0
    #: The chunk sets that it has opened: nobody else can have put anything into them.
    new_sets: set[UUID] = field(default_factory=set)

    def leaves(self, job: Job, statement: str, *arguments: Any) -> None:
        """Remember by what it can be told later whether this effect was committed; the last stands for all of it."""
        self.trace = Trace(job.job_id, statement, arguments)

    async def advance(self, moves: Sequence[JobMove]) -> list[JobMove]:
        """Take each job as far as its move says; return the moves with the rows they left."""
        if not moves:
            return []
        moved = await _advance(self.connection, moves, self.lease_seconds)
        last = moved[-1]
        self.leaves(last.job, "job_was_left", last.job.job_id, last.job.lease_epoch, last.target)
        return moved

    async def note(self, events: Sequence[Event]) -> None:
        """Add events to the jobs' stories, in order."""
        await insert_events(self.connection, events)


@dataclass(slots=True)
class Effect:
    """One open fenced transaction on a job; what is done through it lands as a whole or not at all."""

    connection: Connection
    job: Job
    lease_seconds: float
    trace: Trace | None = None
    conflicts: int = 0

    def leaves(self, job: Job, statement: str, *arguments: Any) -> None:
        """Remember by what it can be told later whether this effect was committed; the last stands for all of it."""
        self.trace = Trace(job.job_id, statement, arguments)

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
        facts = Facts(progress or {}, error, parsed_path, parsed_sha256, set_id)
        [moved] = await _advance(self.connection, [JobMove(self.job, target, facts)], self.lease_seconds)
        self.leaves(self.job, "job_was_left", self.job.job_id, self.job.lease_epoch, target)
        return moved.done()

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
        await insert_events(self.connection, [Event(self.job, kind, code, payload or {}, severity, provider)])

    async def release(self, *, due_in_seconds: float = 0.0, code: str = "JOB_RELEASED") -> None:
        """Let go of the job; it is due again after the pause, or at once when a webhook came meanwhile."""
        await self.connection.execute(load("release_job"), self.job.job_id, self.job.lease_epoch, due_in_seconds, code)
        failpoint("release.before_commit")


async def note_progress(connection: Connection, job_id: UUID, progress: Mapping[str, Any]) -> None:
    """Merge counts into a job's progress without moving it."""
    await connection.execute(load("note_progress"), job_id, progress)


async def insert_events(connection: Connection, events: Sequence[Event]) -> None:
    """Add events to their jobs' stories, in order."""
    if not events:
        return
    rows = [
        (
            event.job.job_id,
            event.job.document_id,
            event.kind,
            event.severity,
            event.code,
            event.job.lease_epoch,
            event.payload,
            event.job.correlation_id,
            event.provider,
        )
        for event in events
    ]
    await connection.execute(load("insert_events"), *columns(rows))


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Turn rows, of which there is at least one, into the columns that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]


def as_array(numbers: Iterable[int]) -> str:
    """Return numbers as the text of an array: arrays of different lengths make no column for `unnest`."""
    return f"{{{','.join(map(str, numbers))}}}"


async def _advance(connection: Connection, moves: Sequence[JobMove], lease_seconds: float) -> list[JobMove]:
    for move in moves:
        for source, target in pairwise(move.path):
            check_move(source, target)
    rows = await connection.fetch(load("advance_jobs"), *columns([move.as_row() for move in moves]), lease_seconds)
    found = {row["job_id"]: row for row in rows}
    if len(found) < len(moves):
        raise LeaseLostError
    for move in moves:
        for source in move.path[:-1]:
            failpoint(f"{move_from(source).stage}.before_commit", move.job.document_id)
    return [replace(move, row=found[move.job.job_id]) for move in moves]


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
        yield Effect(connection, job, lease_seconds)


@asynccontextmanager
async def fenced_jobs(database: Database, jobs: Iterable[Job], *, lease_seconds: float) -> AsyncIterator[SharedEffect]:
    """Open a transaction that holds those of the `jobs` that are still leased to their owners, and no others.

    Leases of which half is gone are renewed; all of them are by a move. Raises `LeaseLostError` when none is left.
    """
    asked = {job.job_id: job for job in jobs}
    async with database.transaction() as connection:
        rows = await connection.fetch(
            load("fence_jobs"),
            *columns([(job.job_id, job.lease_epoch, job.lease_owner, job.status) for job in asked.values()]),
        )
        if not rows:
            raise LeaseLostError
        if short := [row["job_id"] for row in rows if row["lease_left"] < lease_seconds / 2]:
            await connection.execute(load("renew_leases"), short, lease_seconds)
        left = min(lease_seconds if row["job_id"] in short else row["lease_left"] for row in rows)
        yield SharedEffect(connection, {row["job_id"]: asked[row["job_id"]] for row in rows}, lease_seconds, left)
