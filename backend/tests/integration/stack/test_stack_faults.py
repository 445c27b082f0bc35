"""Whatever part of the stack dies, it comes back or is cleaned up, and nothing foreign is touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from backend.tests.integration.stack.conftest import STAND_IN, OwnStack, eventually, migrated, program, web_only

from accessa.domain.errors import UsageError
from accessa.stack import ServiceStatus, read_state, status
from accessa.stack.blueprint import check_disk
from accessa.stack.places import Places
from accessa.stack.plan import Health, Service
from accessa.stack.processes import STACK_MARK, marked
from accessa.stack.service_table import Blueprint
from accessa.stack.state import load_state


def see(stack: OwnStack, name: str) -> ServiceStatus:
    """Return how one service does now."""
    return next(service for service in status(stack.settings) if service.name == name)


@pytest.mark.parametrize("name", ["api-server", "postgres"])
def test_a_killed_service_comes_back_and_is_counted(stack: OwnStack, name: str) -> None:
    """After SIGKILL the service is healthy again under a new process id with one restart; the others stay."""
    before = stack.up()
    old = stack.service_pid(name)
    os.kill(old, signal.SIGKILL)
    eventually(lambda: see(stack, name).restarts == 1 and see(stack, name).healthy)
    eventually(lambda: all(service.healthy for service in status(stack.settings)))
    after = {service.name: service for service in status(stack.settings)}

    assert old != after[name].pid
    for service in before.services:
        if service.name != name and not service.once:
            assert (service.pid, 0) == (after[service.name].pid, after[service.name].restarts)


def test_a_service_that_stays_ill_is_started_again(stack: OwnStack, stack_folder: Path) -> None:
    """A service that lives but fails its health check for too long is replaced."""
    sick_file = stack_folder / "sick"

    def table(plan: Blueprint) -> list[Service]:
        argv = program("http", str(plan.ports["api-server"]), str(sick_file))
        return [plan.service("api-server", argv).model_copy(update={"unhealthy_seconds": 0.5, "check_seconds": 0.1})]

    stack.up(table=table)
    old = stack.service_pid("api-server")
    sick_file.touch()
    eventually(lambda: see(stack, "api-server").restarts >= 1)
    sick_file.unlink()
    eventually(lambda: see(stack, "api-server").healthy)

    assert old != stack.service_pid("api-server")


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_killed_supervisor_leaves_nothing_that_the_next_command_does_not_find(stack: OwnStack, command: str) -> None:
    """The next `up` or `down` ends every process of the crashed stack, also one that no file mentions."""
    crashed = stack.up()
    stray = subprocess.Popen(
        program("mute"), env={STACK_MARK: stack.places.stack_id}, stdout=subprocess.DEVNULL, start_new_session=True
    )
    psutil.Process(crashed.supervisor_pid).kill()
    eventually(lambda: read_state(stack.settings) is None)
    with pytest.raises(UsageError, match=r"its supervisor ended without being asked.*accessa up"):
        status(stack.settings)
    if command == "up":
        fresh = stack.up()
        assert crashed.supervisor_pid != fresh.supervisor_pid
        assert all(service.healthy for service in status(stack.settings))
    stack.down()

    assert -signal.SIGTERM == stray.wait(5)
    assert [] == marked(stack.places.stack_id)


def test_a_killed_up_is_carried_on_by_the_next(stack: OwnStack) -> None:
    """When `up` is killed while the services start, the next `up` ends healthy and only one supervisor lives."""
    first = subprocess.Popen([sys.executable, str(STAND_IN.with_name("run_up.py"))], stdout=subprocess.DEVNULL)
    eventually(lambda: load_state(stack.places.state))
    first.kill()
    first.wait()
    state = stack.up(table=migrated)
    supervisors = [
        process for process in marked(stack.places.stack_id) if process.environ()["ACCESSA_SERVICE"] == "supervisor"
    ]

    assert "running" == state.phase
    assert [state.supervisor_pid] == [process.pid for process in supervisors]


def test_a_recorded_id_that_is_now_a_stranger_is_left_alone(stack: OwnStack) -> None:
    """A state file may name a process id that the system has given to somebody else since."""
    stranger = subprocess.Popen(program("mute"), stdout=subprocess.DEVNULL)
    crashed = stack.up(table=web_only)
    psutil.Process(crashed.supervisor_pid).kill()
    eventually(lambda: read_state(stack.settings) is None)
    crashed.supervisor_pid = crashed.services[0].pid = stranger.pid
    stack.places.state.write_text(crashed.model_dump_json())
    stack.down()
    alive = stranger.poll() is None
    stranger.kill()
    stranger.wait()

    assert alive
    assert [] == marked(stack.places.stack_id)


def test_a_broken_service_fails_the_start_in_plain_words(stack: OwnStack) -> None:
    """A service that ends at once is named with its last words, and everything is stopped again."""

    def table(plan: Blueprint) -> list[Service]:
        return [*web_only(plan), plan.service("mock-openai", program("broken"))]

    with pytest.raises(UsageError) as failed:
        stack.up(table=table)

    assert "STACK_FAILED" == failed.value.code
    assert failed.value.message.startswith(
        "mock-openai did not start: it ended with code 1; it last said: RuntimeError"
    )
    assert [] == marked(stack.places.stack_id)
    assert read_state(stack.settings) is None


def test_a_service_that_never_answers_fails_the_start(stack: OwnStack) -> None:
    """A service that lives without getting healthy is given up at its limit."""

    def table(plan: Blueprint) -> list[Service]:
        return [plan.service("mock-openai", program("mute")).model_copy(update={"start_seconds": 0.5})]

    with pytest.raises(UsageError, match="mock-openai did not start: it did not answer its health check in time"):
        stack.up(table=table)

    assert [] == marked(stack.places.stack_id)


def test_a_failed_migration_fails_the_start_at_once(stack: OwnStack) -> None:
    """A step that runs once is not tried again, and what waits for it never starts."""

    def table(plan: Blueprint) -> list[Service]:
        step = plan.service("migrations", program("broken")).model_copy(update={"health": Health(kind="exit")})
        waiting = plan.service("api-server", program("http", str(plan.ports["api-server"])))
        return [step, waiting.model_copy(update={"depends_on": ("migrations",)})]

    with pytest.raises(UsageError, match="migrations did not start"):
        stack.up(table=table)

    starts = [line for line in (stack.places.logs / "migrations.jsonl").read_text().splitlines() if "Traceback" in line]
    assert 1 == len(starts)
    assert not (stack.places.logs / "api-server.jsonl").exists()


def test_a_service_that_ignores_its_signal_is_ended_all_the_same(stack: OwnStack) -> None:
    """After its patience a service is killed, and `down` is bounded."""

    def table(plan: Blueprint) -> list[Service]:
        service = plan.service("api-server", program("http", str(plan.ports["api-server"])))
        return [service.model_copy(update={"stop_seconds": 0.5})]

    stack.up(table=table)
    psutil.Process(stack.service_pid("api-server")).suspend()
    started = time.monotonic()
    stack.down()

    assert time.monotonic() - started < 10
    assert [] == marked(stack.places.stack_id)


def test_a_full_disk_is_refused_in_words(stack_folder: Path) -> None:
    """Less room than the stack needs is told in megabytes."""
    with pytest.raises(UsageError, match=r"has \d+ MB left and the stack needs 1000000000 MB") as refused:
        check_disk(stack_folder, least_bytes=10**15)

    assert "DISK_FULL" == refused.value.code


def test_an_unwritable_home_is_refused_in_words(stack_folder: Path) -> None:
    """A home that cannot be made is told with the setting that moves it."""
    in_the_way = stack_folder / "file"
    in_the_way.touch()
    with pytest.raises(UsageError, match="ACCESSA_HOME") as refused:
        Places(in_the_way / "home").prepare()

    assert "STACK_FAILED" == refused.value.code


def test_production_keys_of_the_shell_stay_out(stack: OwnStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process of the stack sees a key that the user exported, nor a key that the stack does not know."""
    foreign = {
        "OPENAI_API_KEY": "sk-production",
        "DATABASE_URL": "postgresql://far/away",
        "AWS_SECRET_ACCESS_KEY": "x-1",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    stack.up(table=web_only)
    environments = [process.environ() for process in marked(stack.places.stack_id)]
    seen = json.dumps(environments) + stack.places.plan.read_text()

    assert len(environments) == 2
    assert [value for value in foreign.values() if value in seen] == []
