"""The state of a service: asked over HTTP, seen by the database look, or known by its heartbeat."""

from __future__ import annotations

import pytest

from accessa.observe.database_view import DatabaseView
from accessa.observe.figures import Figures, Waiting, Worker
from accessa.observe.service_health import Health
from accessa.observe.service_list import Service
from accessa.observe.service_views import speaks_http, view_services

_SILENT = DatabaseView(answers=False, sentence="Postgres does not answer.", figures=None)


def _look(*workers: Worker) -> DatabaseView:
    figures = Figures(
        jobs={},
        totals={},
        waiting=Waiting(0, None, 0, None),
        failures=[],
        failed_last_hour=0,
        workers=list(workers),
        stopped_providers=[],
    )
    return DatabaseView(answers=True, sentence="", figures=figures)


def _worker(pid: int, *, alive: bool) -> Worker:
    return Worker("worker-1", "host", pid, "running", 0, "0.1.0", age_seconds=9.0, silent_seconds=0.0, alive=alive)


@pytest.mark.parametrize(
    ("database", "healthy"),
    [
        (_look(_worker(7, alive=True)), True),
        (_look(_worker(7, alive=False)), False),
        (_look(_worker(8, alive=True)), False),
        (_look(), False),
        (_SILENT, None),
    ],
)
def test_a_worker_is_known_by_its_heartbeat(database: DatabaseView, healthy: bool | None) -> None:  # noqa: FBT001
    """A service without an address lives as long as its process beats; a silent database leaves it unknown."""
    service = Service("base-worker", "healthy", None, pid=7, restarts=0)

    assert [healthy] == [view.healthy for view in view_services([service], {}, database)]


def test_postgres_is_as_healthy_as_the_look_at_it() -> None:
    """The database's own row follows from whether it answered."""
    service = Service("postgres", "healthy", "postgresql://127.0.0.1:5432/accessa_dev", pid=1, restarts=0)

    views = [view_services([service], {}, database)[0] for database in (_look(), _SILENT)]

    assert [(True, ""), (False, "does not answer")] == [(view.healthy, view.sentence) for view in views]


def test_a_service_with_an_address_is_what_it_answered() -> None:
    """Health, sentence and time of the answer come from the service itself."""
    service = Service("api-server", "healthy", "http://127.0.0.1:8000", pid=5, restarts=1)
    answer = Health(healthy=False, sentence="answers with HTTP status 503", milliseconds=4.2)

    view = view_services([service], {"http://127.0.0.1:8000": answer}, _look())[0]

    assert (False, answer.sentence, 4.2, 1) == (view.healthy, view.sentence, view.milliseconds, view.restarts)


def test_a_program_that_runs_once_is_healthy_when_it_is_done() -> None:
    """A migration needs no heartbeat: it is judged by its end."""
    states = ("done", "restarting")
    services = [Service("migrate", state, None, pid=None, restarts=0, once=True) for state in states]

    assert [True, False] == [view.healthy for view in view_services(services, {}, _look())]


def test_only_http_addresses_are_asked() -> None:
    """Postgres and services without an address are never asked over HTTP."""
    urls = ["http://a", "https://a", "postgresql://a", None]

    assert [True, True, False, False] == [speaks_http(Service("any", "", url, None, 0)) for url in urls]
