"""What the database tells of the pipeline: one consistent look, in a few short statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.statuses import FAILED, TERMINAL, Status
from accessa.observe.paced import Paced
from accessa.store.audit_runs import AuditVerdict, find_last_audit
from accessa.store.statements import load
from accessa.telemetry.logs import redact

COUNT_CAP = 100_000
FAILED_CAP = 2_000
FAILURES = 10
FAILURE_WINDOW_SECONDS = 3600.0
# What goes through all unfinished jobs may take this part of the time that one processor has.
UNFINISHED_SHARE = 0.0012
# And so much what counts large tables.
LARGE_SHARE = 0.0006
# A worker that died is still listed for so long, so that its end is seen.
WORKER_MEMORY_SECONDS = 900.0
# So many of those are shown; of the others only the number is told.
GONE_WORKERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows; `exact` is false when counting stopped at the cap."""

    number: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unfinished jobs, and those of them that are due for a worker; ages in seconds, none without such a job."""

    unfinished: int
    unfinished_seconds: float | None
    due: int
    due_seconds: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed job: its code and sentence, never a file name or text."""

    job_id: str
    status: str
    code: str
    sentence: str
    seconds_ago: float | None
    retried: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker process by its own signs of life; one that is gone has no jobs in hand, as others take them over."""

    worker_id: str
    host: str
    pid: int
    state: str
    jobs_in_hand: int | None
    version: str
    age_seconds: float
    silent_seconds: float
    alive: bool


@dataclass(frozen=True, slots=True)
class StoppedProvider:
    """A provider that no process calls for now: since when, and why."""

    provider: str
    code: str
    sentence: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Parked:
    """Jobs that wait for a budget, and what one of them was told."""

    jobs: int
    sentence: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that one look at the database gives."""

    jobs: dict[Status, Count]
    totals: dict[str, Count]
    waiting: Waiting
    failures: list[Failure]
    failed_last_hour: int
    workers: list[Worker]
    stopped_providers: list[StoppedProvider]
    audit: AuditVerdict | None = None
    parked: Parked = Parked(0, None)
    #: workers that ended or died of late, and are not among `workers`
    earlier_workers: int = 0
    #: seconds since the oldest unfinished job of a status was made; statuses without one are left out
    oldest_seconds: dict[Status, float] = field(default_factory=dict)


class FiguresReader:
    """Reads all figures within the caller's transaction; what costs more is looked up less often and kept meanwhile."""

    def __init__(self, alive_seconds: float) -> None:
        """A worker silent for `alive_seconds` counts as dead."""
        self._alive_seconds = alive_seconds
        self._unfinished = Paced(_unfinished, every_seconds=0.5, share=UNFINISHED_SHARE)
        self._ended = Paced(_ended, every_seconds=2.0, share=LARGE_SHARE)
        self._totals = Paced(_totals, every_seconds=5.0, share=LARGE_SHARE)
        self._failures = Paced(_failures, every_seconds=2.5, share=LARGE_SHARE)
        self._rarely = Paced(_rarely, every_seconds=2.0)

    async def read(self, connection: asyncpg.Connection) -> Figures:
        """Return the figures of this moment; those of large tables are up to some seconds old."""
        unfinished = await self._unfinished.get(connection)
        ended = await self._ended.get(connection)
        failures, failed_last_hour = await self._failures.get(connection)
        audit, parked, stopped = await self._rarely.get(connection)
        workers = await connection.fetch(
            load("list_workers"), self._alive_seconds, WORKER_MEMORY_SECONDS, GONE_WORKERS_SHOWN
        )
        return Figures(
            jobs=_counted(unfinished.counts, ended),
            totals=await self._totals.get(connection),
            waiting=unfinished.waiting,
            failures=failures,
            failed_last_hour=failed_last_hour,
            workers=[_worker(row) for row in workers],
            stopped_providers=stopped,
            audit=audit,
            parked=parked,
            earlier_workers=max(0, workers[0]["gone"] - GONE_WORKERS_SHOWN) if workers else 0,
            oldest_seconds=unfinished.oldest_seconds,
        )


@dataclass(frozen=True, slots=True)
class _Unfinished:
    counts: dict[Status, int]
    oldest_seconds: dict[Status, float]
    waiting: Waiting


async def _unfinished(connection: asyncpg.Connection) -> _Unfinished:
    rows = await connection.fetch(load("count_unfinished_jobs"))
    return _Unfinished(
        {Status(row["status"]): row["jobs"] for row in rows},
        {Status(row["status"]): row["oldest_seconds"] for row in rows},
        Waiting(
            unfinished=sum(row["jobs"] for row in rows),
            unfinished_seconds=max((row["oldest_seconds"] for row in rows), default=None),
            due=sum(row["due"] for row in rows),
            due_seconds=max((row["due_seconds"] for row in rows if row["due"]), default=None),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Ended:
    ended: int
    believed: int
    failed: dict[Status, int]


def _counted(unfinished: Mapping[Status, int], seen: _Ended) -> dict[Status, Count]:
    """Tell each status; of very many complete jobs what is believed, of very many failed ones what was counted."""
    failed = sum(seen.failed.values())
    complete = seen.ended - failed
    if seen.ended > COUNT_CAP:
        others = failed + sum(unfinished.values())
        complete = max(COUNT_CAP, seen.believed - others)
    counts = {status: Count(unfinished.get(status, 0)) for status in Status if status not in TERMINAL}
    counts[Status.COMPLETE] = Count(complete + unfinished.get(Status.COMPLETE, 0), exact=seen.ended <= COUNT_CAP)
    return counts | {status: Count(seen.failed.get(status, 0), exact=failed < FAILED_CAP) for status in FAILED}


async def _ended(connection: asyncpg.Connection) -> _Ended:
    rows = await connection.fetch(load("count_ended_jobs"), COUNT_CAP + 1, FAILED_CAP)
    ended = next(row for row in rows if row["status"] == "ended")
    failed = {Status(row["status"]): row["jobs"] for row in rows if row is not ended}
    return _Ended(ended["jobs"], ended["believed"], failed)


async def _totals(connection: asyncpg.Connection) -> dict[str, Count]:
    rows = await connection.fetch(load("count_stored_rows"), COUNT_CAP + 1)
    return {row["name"]: _counted_or_believed(row["counted"], row["believed"]) for row in rows}


async def _failures(connection: asyncpg.Connection) -> tuple[list[Failure], int]:
    rows = await connection.fetch(load("recent_failures"), FAILURES)
    of_last_hour = await connection.fetchval(load("count_recent_failures"), FAILURE_WINDOW_SECONDS)
    return [_failure(row) for row in rows], of_last_hour


async def _rarely(connection: asyncpg.Connection) -> tuple[AuditVerdict | None, Parked, list[StoppedProvider]]:
    stopped = await connection.fetch(load("list_stopped_providers"))
    parked = await connection.fetchrow(load("measure_parked_jobs"))
    audit = await find_last_audit(connection)
    return audit, Parked(**parked), [_stopped(row) for row in stopped]


def _stopped(row: Mapping[str, Any]) -> StoppedProvider:
    return StoppedProvider(**row, sentence=CATALOGUE.get(row["code"], CATALOGUE["INTERNAL"]).sentence)


def _worker(row: Mapping[str, Any]) -> Worker:
    return Worker(**{name: value for name, value in row.items() if name != "gone"})


def _counted_or_believed(counted: int, believed: int) -> Count:
    return Count(counted) if counted <= COUNT_CAP else Count(max(believed, COUNT_CAP), exact=False)


def _failure(row: Mapping[str, object]) -> Failure:
    code = str(row["code"] or "INTERNAL")
    known = CATALOGUE.get(code, CATALOGUE["INTERNAL"]).sentence
    seconds_ago = row["seconds_ago"]
    return Failure(
        job_id=str(row["job_id"]),
        status=str(row["status"]),
        code=code,
        sentence=redact(str(row["message"] or known)),
        seconds_ago=seconds_ago if isinstance(seconds_ago, float) else None,
        retried=bool(row["retried"]),
    )
