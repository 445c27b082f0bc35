"""One document's way, found by any of its ids: time per status, attempts, events, paid calls, and who held it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.statuses import FAILED, TERMINAL
from accessa.store.database import Connection
from accessa.store.statements import load
from accessa.telemetry.logs import redact

_MOST_JOBS = 20
_MOST_EVENTS = 1000
_MOST_CALLS = 500

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stay:
    """The time from a job's arrival in a status to its leaving; `until` is none while it is there."""

    status: str
    since: datetime
    until: datetime | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Holding:
    """A worker's lease of the job, from the claim until it let go, or lost it; `until` is none while it holds it."""

    worker: str
    epoch: int
    since: datetime
    until: datetime | None
    ending: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A job with everything that happened to it, and the other jobs of the same id, the newest first.

    `truncated` says that more happened than is told. No name and no text of the document is among it.
    """

    job: dict[str, Any]
    others: list[dict[str, Any]]
    stays: list[Stay]
    holdings: list[Holding]
    events: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    parse: dict[str, Any] | None
    cost_usd: float
    truncated: bool
    command: str


async def read_timeline(connection: Connection, subject: UUID) -> Timeline | None:
    """Return the timeline of the newest job that `subject` leads to: a job's id, its document's, or a correlation id.

    Where it is the id of one job, that job is told. None where nothing is known; raises what the driver raises.
    """
    jobs = await connection.fetch(load("find_jobs_by_any_id"), subject, _MOST_JOBS)
    if not jobs:
        return None
    job = next((row for row in jobs if row["job_id"] == subject), jobs[0])
    events = await connection.fetch(load("list_events_for_timeline"), job["job_id"], _MOST_EVENTS)
    calls = await connection.fetch(load("list_calls_for_timeline"), job["job_id"], _MOST_CALLS)
    parse = await connection.fetchrow(load("find_parse_for_timeline"), job["job_id"])
    return Timeline(
        job=_told(job),
        others=[_brief(row) for row in jobs if row is not job],
        stays=stays(events, job["asked_at"]),
        holdings=holdings(events),
        events=[told_event(event) for event in events],
        calls=[dict(call) for call in calls],
        parse=dict(parse) if parse else None,
        cost_usd=sum(call["cost_usd"] for call in calls if call["state"] == "recorded"),
        truncated=len(events) == _MOST_EVENTS or len(calls) == _MOST_CALLS,
        command=_command(job),
    )


def stays(events: Sequence[Row], now: datetime) -> list[Stay]:
    """Return the statuses that the events lead through, in order; the last has no length once the job has ended."""
    arrivals = [event for event in events if event["to_status"]]
    found = []
    for place, arrival in enumerate(arrivals):
        left = arrivals[place + 1]["ts"] if place + 1 < len(arrivals) else None
        ended = arrival["to_status"] in TERMINAL
        until = arrival["ts"] if ended else left
        found.append(Stay(arrival["to_status"], arrival["ts"], until, ((until or now) - arrival["ts"]).total_seconds()))
    return found


def holdings(events: Sequence[Row]) -> list[Holding]:
    """Return who held the job, in order; a claim by another ends a lease that nobody has let go of."""
    found: list[Holding] = []
    for event in events:
        if event["type"] == "claimed":
            _close(found, event["ts"], "lost its lease")
            found.append(Holding(event["worker"] or "", event["lease_epoch"] or 0, event["ts"], None, "holds it"))
        elif event["type"] == "released" or event["to_status"] in TERMINAL:
            _close(found, event["ts"], "let go" if event["type"] == "released" else "finished")
    return found


def _close(found: list[Holding], moment: datetime, ending: str) -> None:
    if found and found[-1].until is None:
        last = found[-1]
        found[-1] = Holding(last.worker, last.epoch, last.since, moment, ending)


def _told(job: Row) -> dict[str, Any]:
    told = dict(job)
    told["error_message"] = redact(job["error_message"]) if job["error_message"] else None
    told["error_sentence"] = CATALOGUE[job["error_code"]].sentence if job["error_code"] in CATALOGUE else None
    return told


def _brief(job: Row) -> dict[str, Any]:
    return {name: job[name] for name in ("job_id", "status", "created_at", "processing_completed_at", "error_code")}


def told_event(event: Row) -> dict[str, Any]:
    """Return what an event tells, without what it has nothing to say of, and with nothing secret in its words."""
    told = {name: value for name, value in event.items() if value is not None}
    if "message" in told:
        told["message"] = redact(told["message"])
    return told


def _command(job: Row) -> str:
    verb = "retry" if job["status"] in FAILED else "show"
    return f"accessa jobs {verb} {job['job_id']}"
