"""What the database tells of the pipeline: one consistent look, in a few short statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.statuses import Status
from accessa.store.audit_runs import AuditVerdict, find_last_audit
from accessa.store.statements import load
from accessa.telemetry.logs import redact

COUNT_CAP = 100_000
MINUTES = 15
FAILURES = 10
FAILURE_WINDOW_SECONDS = 3600.0
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
class Minute:
    """Jobs that ended within one minute, which began at `start`."""

    start: datetime
    completed: int
    failed: int


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
    minutes: list[Minute]
    waiting: Waiting
    failures: list[Failure]
    failed_last_hour: int
    workers: list[Worker]
    stopped_providers: list[StoppedProvider]
    audit: AuditVerdict | None = None
    parked: Parked = Parked(0, None)
    #: workers that ended or died of late, and are not among `workers`
    earlier_workers: int = 0


async def read_figures(connection: asyncpg.Connection, alive_seconds: float) -> Figures:
    """Read all figures within the caller's transaction; a worker silent for `alive_seconds` counts as dead."""
    jobs = await connection.fetch(load("count_jobs_by_status"), list(Status), COUNT_CAP + 1)
    totals = await connection.fetch(load("count_stored_rows"), COUNT_CAP + 1)
    minutes = await connection.fetch(load("count_ended_jobs_by_minute"), MINUTES)
    waiting = await connection.fetchrow(load("measure_waiting_jobs"))
    failures = await connection.fetch(load("recent_failures"), FAILURES)
    failed_last_hour = await connection.fetchval(load("count_recent_failures"), FAILURE_WINDOW_SECONDS)
    workers = await connection.fetch(load("list_workers"), alive_seconds, WORKER_MEMORY_SECONDS, GONE_WORKERS_SHOWN)
    stopped = await connection.fetch(load("list_stopped_providers"))
    audit = await find_last_audit(connection)
    parked = await connection.fetchrow(load("measure_parked_jobs"))
    return Figures(
        jobs={Status(row["status"]): _capped(row["jobs"]) for row in jobs},
        totals={row["name"]: _counted_or_believed(row["counted"], row["believed"]) for row in totals},
        minutes=[Minute(row["minute"], row["completed"], row["failed"]) for row in minutes],
        waiting=Waiting(**waiting),
        failures=[_failure(row) for row in failures],
        failed_last_hour=failed_last_hour,
        workers=[_worker(row) for row in workers],
        stopped_providers=[
            StoppedProvider(**row, sentence=CATALOGUE.get(row["code"], CATALOGUE["INTERNAL"]).sentence)
            for row in stopped
        ],
        audit=audit,
        parked=Parked(**parked),
        earlier_workers=max(0, workers[0]["gone"] - GONE_WORKERS_SHOWN) if workers else 0,
    )


def _worker(row: Mapping[str, Any]) -> Worker:
    return Worker(**{name: value for name, value in row.items() if name != "gone"})


def _capped(counted: int) -> Count:
    return Count(min(counted, COUNT_CAP), exact=counted <= COUNT_CAP)


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
