"""Who held a job, and until when, read from its events: leases lost, late writes, and how soon a job was taken over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from accessa.domain.statuses import TERMINAL
from accessa.drill.evidence import EventFact, Evidence, Kill

_EFFECTS = frozenset({"transition", "paid_recorded", "released", "error"})
_BEYOND_LEASE_SECONDS = 2.0
Tenure = tuple[UUID, int | None]
"""A job and one epoch of it."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long jobs of killed workers waited for their next worker, at most; `bound` is what is promised.

    `counted` are the jobs that were taken over while the database was up all the time; the others do not count.
    """

    longest: float
    bound: float
    counted: int


def properly_ended(events: Sequence[EventFact]) -> set[Tenure]:
    """Return the tenures that ended as they should: the job was released, or came to its own end."""
    return {(each.job_id, each.lease_epoch) for each in events if each.type == "released" or _is_end(each)}


def leases_lost(events: Sequence[EventFact]) -> int:
    """Count the tenures that ended otherwise: their worker died, froze, or was cut off from the database."""
    ended = properly_ended(events)
    return sum(each.type == "claimed" and (each.job_id, each.lease_epoch) not in ended for each in events)


def late_writes(events: Sequence[EventFact]) -> list[str]:
    """Name each effect of a worker that came after another one had claimed its job."""
    newest: dict[UUID, int] = {}
    late: list[str] = []
    for each in sorted(events, key=lambda event: event.event_id):
        if each.lease_epoch is None:
            continue
        if each.type == "claimed":
            newest[each.job_id] = max(each.lease_epoch, newest.get(each.job_id, 0))
        elif each.type in _EFFECTS and each.lease_epoch < newest.get(each.job_id, 0):
            late.append(
                f"event {each.event_id} ({each.type}) of job {each.job_id} bears the old epoch {each.lease_epoch}"
            )
    return late


def judge_recovery(evidence: Evidence) -> Recovery:
    """Measure, for each job that a killed worker held, the time from the kill to its next claim."""
    waits = [wait for kill in evidence.kills for wait in _waits(evidence, kill)]
    return Recovery(max(waits, default=0.0), evidence.lease_seconds + _BEYOND_LEASE_SECONDS, len(waits))


def _waits(evidence: Evidence, kill: Kill) -> Iterator[float]:
    if kill.worker_id is None:
        return
    claims = {(each.job_id, each.lease_epoch): each for each in evidence.events if each.type == "claimed"}
    ended = properly_ended(evidence.events)
    for (job, epoch), claim in claims.items():
        if claim.worker_id != kill.worker_id or claim.at > kill.at or (job, epoch) in ended:
            continue
        following = claims.get((job, (epoch or 0) + 1))
        if following and following.at > kill.at and not _was_out(evidence, kill.at, following.at):
            yield following.at - kill.at


def _was_out(evidence: Evidence, start: float, end: float) -> bool:
    return any(down < end and up > start for down, up in evidence.outages)


def _is_end(event: EventFact) -> bool:
    return event.type == "transition" and event.to_status in TERMINAL
