"""The state of each service: what its supervisor says, and what the service itself answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accessa.observe.database_view import DatabaseView
from accessa.observe.service_health import Health
from accessa.observe.service_list import Service


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One service as the page shows it; `healthy` is none when nothing can be known, `sentence` tells what is wrong."""

    name: str
    state: str
    healthy: bool | None
    url: str | None
    restarts: int
    pid: int | None
    milliseconds: float | None
    sentence: str


def speaks_http(service: Service) -> bool:
    """Tell whether the service can be asked for its health over HTTP."""
    return service.url is not None and service.url.startswith(("http://", "https://"))


def view_services(
    services: Sequence[Service], answers: Mapping[str, Health], database: DatabaseView
) -> list[ServiceView]:
    """Join the list of services with their answers: HTTP by address, Postgres by the look, workers by heartbeat."""
    return [_view(service, answers, database) for service in services]


def _view(service: Service, answers: Mapping[str, Health], database: DatabaseView) -> ServiceView:
    health = _health(service, answers, database)
    return ServiceView(
        name=service.name,
        state=service.state,
        healthy=health.healthy if health else None,
        url=service.url,
        restarts=service.restarts,
        pid=service.pid,
        milliseconds=health.milliseconds if health else None,
        sentence=health.sentence if health else "",
    )


def _health(service: Service, answers: Mapping[str, Health], database: DatabaseView) -> Health | None:
    if service.once:
        return Health(service.state == "done", "" if service.state == "done" else "is not done", milliseconds=None)
    if service.url is None:
        return _health_by_heartbeat(service, database)
    if service.url.startswith(("postgres://", "postgresql://")):
        return Health(database.answers, "" if database.answers else "does not answer", milliseconds=None)
    return answers.get(service.url)


def _health_by_heartbeat(service: Service, database: DatabaseView) -> Health | None:
    if database.figures is None:
        return None
    alive = any(worker.alive and worker.pid == service.pid for worker in database.figures.workers)
    return Health(alive, "" if alive else "gives no sign of life", milliseconds=None)
