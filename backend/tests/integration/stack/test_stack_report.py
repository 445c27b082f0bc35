"""What a running stack tells: its addresses, its logs, its health."""

from __future__ import annotations

import asyncio

import psutil
import pytest
from backend.tests.integration.stack.conftest import OwnStack

from accessa.stack import LogWish, log_lines, services_environment, stack_environment, status
from accessa.stack.plan import Health


def test_a_running_stack_tells_about_itself(stack: OwnStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """One running stack answers all questions; each is put by a check below."""
    stack.up()
    check_environment(stack)
    check_logs(stack)
    check_status(stack)
    check_checks(stack, monkeypatch)


def check_environment(stack: OwnStack) -> None:
    """`accessa env` has its six addresses, and the services' own environment has keys but no mark of the stack."""
    addresses = stack_environment(stack.settings)
    whole = services_environment(stack.settings)

    assert ["DATABASE_URL", "API_URL", "STORAGE_URL", "LLAMAPARSE_URL", "OPENAI_URL", "MONITORING_URL"] == list(
        addresses
    )
    assert addresses["DATABASE_URL"].endswith(f"127.0.0.1:{stack.settings.stack.postgres_port}/accessa_dev")
    assert f"http://127.0.0.1:{stack.settings.stack.api_port}" == addresses["API_URL"]
    assert whole["OPENAI_API_KEY"].startswith("sk-")
    assert "ACCESSA_STACK_ID" not in whole


def check_logs(stack: OwnStack) -> None:
    """Lines of every service, Postgres's too, come as events in order, and can be narrowed."""
    events = list(log_lines(stack.settings))
    times = [str(event["timestamp"]) for event in events]

    assert sorted(times) == times
    assert {"postgres", "supervisor", "api-server", "supabase-storage"} <= {event["service"] for event in events}
    assert {"api-server"} == {event["service"] for event in log_lines(stack.settings, "api-server")}
    assert {"job-1"} == {event["job_id"] for event in log_lines(stack.settings, wish=LogWish(job="job-1"))}
    assert 1 == len(list(log_lines(stack.settings, last=1)))


def check_status(stack: OwnStack) -> None:
    """Every service is checked live: one that hangs is told apart from those that answer."""
    process = psutil.Process(stack.service_pid("api-server"))
    process.suspend()
    seen = {service.name: service.healthy for service in status(stack.settings)}
    process.resume()

    assert {"postgres": True, "supabase-storage": True, "api-server": False, "base-worker": True} == seen


def check_checks(stack: OwnStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """All services are checked at the same time, so one that hangs makes nobody wait for the others."""
    everybody = asyncio.Barrier(4)

    async def met(_health: Health, _pid: int | None) -> bool:
        async with asyncio.timeout(10):
            await everybody.wait()
        return True

    monkeypatch.setattr("accessa.stack.supervised.is_healthy", met)

    assert [True] * 4 == [service.healthy for service in status(stack.settings)]
