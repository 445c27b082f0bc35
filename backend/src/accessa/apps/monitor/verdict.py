"""Says in plain words what is wrong, the worst first, or that all is well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from accessa.observe.alerts.board import AlertView
from accessa.observe.database_view import DatabaseView
from accessa.observe.figures import Figures
from accessa.observe.service_views import ServiceView

NO_WORKER = "No worker is alive: documents wait."
WAITING_TOO_LONG_SECONDS = 300.0
_UNSETTLED = {"waiting", "starting", "stopping"}


class Level(StrEnum):
    """How bad it is."""

    WELL = "well"  #: nothing to do
    ATTENTION = "attention"  #: somebody should look, the pipeline goes on
    DOWN = "down"  #: something needed does not work
    BROKEN = "broken"  #: what is stored is not as it was promised, the worst of all


@dataclass(frozen=True, slots=True)
class Verdict:
    """The banner of the page: its level, and one sentence for each thing that is wrong."""

    level: Level
    sentences: list[str]


def judge(services: Sequence[ServiceView], database: DatabaseView) -> Verdict:
    """Weigh one look at everything."""
    broken = list(_broken(database.figures))
    outages = list(_outages(services, database))
    notices = [*_unsettled(services), *_notices(database.figures)]
    if broken:
        return Verdict(Level.BROKEN, [*broken, *outages, *notices])
    if outages:
        return Verdict(Level.DOWN, [*outages, *notices])
    if notices:
        return Verdict(Level.ATTENTION, notices)
    return Verdict(Level.WELL, ["All is well."])


def with_alerts(verdict: Verdict, alerts: Sequence[AlertView]) -> Verdict:
    """Add the alerts that fire, so that the banner is never better than they are.

    What another one explains is only counted, and so is a silenced one; what that explains alarms nobody.
    """
    loud = [alert for alert in alerts if alert.explained_by is None or alert.explained_by.state != "silenced"]
    firing = [alert for alert in loud if alert.state == "firing" and alert.severity != "info"]
    silenced = sum(alert.state == "silenced" for alert in alerts)
    told = [*([_firing(firing)] if firing else []), *([_silenced(silenced)] if silenced else [])]
    if not firing:
        return Verdict(verdict.level, [*verdict.sentences, *told])
    worst = Level.DOWN if any(alert.severity == "critical" for alert in firing) else Level.ATTENTION
    if verdict.level is Level.WELL:
        return Verdict(worst, told)
    return Verdict(max(verdict.level, worst, key=list(Level).index), [*verdict.sentences, *told])


def _firing(alerts: Sequence[AlertView]) -> str:
    causes = [alert for alert in alerts if alert.explained_by is None or alert.explained_by.state == "pending"]
    names = ", ".join(dict.fromkeys(alert.name for alert in causes))
    fires, explains = ("alert fires", "it explains") if len(causes) == 1 else ("alerts fire", "they explain")
    more = f"; {explains} {explained} more" if (explained := len(alerts) - len(causes)) else ""
    return f"{len(causes)} {fires}: {names}{more}."


def _silenced(number: int) -> str:
    return f"{number} {'alert is' if number == 1 else 'alerts are'} silenced."


def _broken(figures: Figures | None) -> Iterator[str]:
    if figures is not None and figures.audit is not None and figures.audit.violations:
        yield from figures.audit.broken_promises()
        yield figures.audit.when()


def _outages(services: Sequence[ServiceView], database: DatabaseView) -> Iterator[str]:
    if database.sentence:
        yield database.sentence
    nobody_works = database.figures is not None and not any(worker.alive for worker in database.figures.workers)
    if nobody_works:
        yield NO_WORKER
    for stopped in database.figures.stopped_providers if database.figures else ():
        yield f"Calls to {stopped.provider} stopped {_ago(stopped.seconds)}. {stopped.sentence}"
    for service in services:
        told_already = _is_database(service) or (service.url is None and nobody_works)
        if service.healthy is False and service.state not in _UNSETTLED and not told_already:
            yield f"{service.name} {service.sentence}."


def _ago(seconds: float) -> str:
    minutes = int(seconds // 60)
    return "within the last minute" if not minutes else f"{minutes} {'minute' if minutes == 1 else 'minutes'} ago"


def _is_database(service: ServiceView) -> bool:
    return service.url is not None and service.url.startswith("postgres")


def _unsettled(services: Sequence[ServiceView]) -> Iterator[str]:
    for service in services:
        if service.state in _UNSETTLED and not service.healthy:
            yield f"{service.name} is {service.state}."


def _notices(figures: Figures | None) -> Iterator[str]:
    if figures is None:
        return
    yield from figures.audit.open_questions() if figures.audit else ()
    if waiting := figures.parked.jobs:
        yield f"{waiting} {'job waits' if waiting == 1 else 'jobs wait'} for a budget. {figures.parked.sentence}"
    failed = figures.failed_last_hour
    if failed:
        yield f"{failed} {'job' if failed == 1 else 'jobs'} failed in the last hour."
    due_seconds = figures.waiting.due_seconds
    if due_seconds is not None and due_seconds >= WAITING_TOO_LONG_SECONDS:
        yield f"The next job in the queue has waited for a worker for {int(due_seconds // 60)} minutes."
