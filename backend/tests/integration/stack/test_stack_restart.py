"""A service gets a new process because somebody asks for it."""

from __future__ import annotations

import psutil
import pytest
from backend.tests.integration.stack.conftest import OwnStack, program, web_only

from accessa.domain.errors import UsageError
from accessa.stack import restart, status
from accessa.stack.plan import Service
from accessa.stack.service_table import Blueprint


def impatient(plan: Blueprint) -> list[Service]:
    """Return a web service that gets half a second to stop."""
    service = plan.service("api-server", program("http", str(plan.ports["api-server"])))
    return [service.model_copy(update={"stop_seconds": 0.5})]


def test_all_workers_get_new_processes_and_nobody_else(stack: OwnStack) -> None:
    """`base-worker` stands for all workers: one after the other gets another process, and no restart is counted."""
    stack.up(workers=2)
    before = {service.name: service.pid for service in status(stack.settings)}
    told: list[str] = []
    renewed = restart(stack.settings, "base-worker", told.append)
    after = {service.name: service for service in status(stack.settings)}
    workers = {"base-worker", "base-worker-2"}

    assert workers == {service.name for service in renewed if service.healthy}
    assert workers == {name for name, service in after.items() if service.pid != before[name]}
    assert {0} == {service.restarts for service in after.values()}
    steps = [("told to stop" in sentence, "healthy after" in sentence) for sentence in told]
    assert [(True, False), (False, True)] * 2 == steps


def test_postgres_too_gets_a_new_process_and_the_others_live_through_it(stack: OwnStack) -> None:
    """What stands on the database is neither stopped nor counted as dead while it is away for a moment."""
    stack.up()
    before = {service.name: service.pid for service in status(stack.settings)}
    restart(stack.settings, "postgres")
    after = {service.name: service for service in status(stack.settings)}

    assert {"postgres"} == {name for name, service in after.items() if service.pid != before[name]}
    assert {0} == {service.restarts for service in after.values()}


def test_a_service_that_hangs_is_ended_after_its_patience(stack: OwnStack) -> None:
    """One that does not react to its signal is killed, that is told, and the new one is healthy."""
    stack.up(table=impatient)
    old = stack.service_pid("api-server")
    psutil.Process(old).suspend()
    told: list[str] = []
    [renewed] = restart(stack.settings, "api-server", told.append)

    assert renewed.healthy
    assert old != renewed.pid
    assert "api-server: did not stop in time and was ended" in told


def test_an_unknown_service_is_refused_with_those_there_are(stack: OwnStack) -> None:
    """Steps that run once are no services, so that they cannot be restarted either."""
    stack.up(table=web_only)
    with pytest.raises(UsageError, match=r"no service called migrations; there are: api-server\.") as refused:
        restart(stack.settings, "migrations")

    assert "NOT_FOUND" == refused.value.code
