"""A service under watch: how patient its supervisor is, and that its process is surely gone when it stops."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from accessa.stack.crew import Crew
from accessa.stack.places import Places
from accessa.stack.plan import Health, Plan, Service
from accessa.stack.processes import is_alive
from accessa.stack.runner import Runner

# Writes its id once it is told to end, and lives on.
STUBBORN = """
import os, signal, sys, threading
def refuse(*_):
    with open("asked.new", "w") as file:
        file.write(str(os.getpid()))
    os.replace("asked.new", "asked")
signal.signal(signal.SIGTERM, refuse)
open("ready", "w").close()
while True:
    threading.Event().wait(1)
"""


def stubborn(folder: Path, **changes: float) -> Service:
    """Return a service that has to be killed, which works in `folder`."""
    return Service(
        name="api-server",
        argv=(sys.executable, "-I", "-S", "-c", STUBBORN),
        environment={},
        directory=folder,
        health=Health(kind="http", address="http://127.0.0.1:1/health"),
        stop_seconds=0.5,
    ).model_copy(update=changes)


async def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; fail after a while."""
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


def is_gone(folder: Path) -> bool:
    """Tell whether the service that was asked to end has done so."""
    pid = int((folder / "asked").read_text())
    return not psutil.pid_exists(pid) or not is_alive(psutil.Process(pid))


def answering(monkeypatch: pytest.MonkeyPatch, answers: Iterator[bool]) -> list[bool]:
    """Let every health check give the next of `answers` once the service runs; return the list of those given."""
    given: list[bool] = []

    async def answer(_health: Health, _pid: int | None) -> bool:
        given.append(next(answers))
        return given[-1]

    monkeypatch.setattr("accessa.stack.runner.is_healthy", answer)
    return given


@pytest.mark.parametrize("answers", [(True,), (True, False)])
async def test_time_without_a_failed_check_is_no_illness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: tuple[bool, ...]
) -> None:
    """However long the supervisor slept since its last check, the patience for an illness begins with a failed one."""
    given = answering(monkeypatch, cycle(answers))
    runner = Runner(stubborn(tmp_path, unhealthy_seconds=0.2, check_seconds=0.3), tmp_path, lambda: None)
    runner.begin([], patient=True)
    await until(lambda: len(given) >= 5)
    restarts = runner.state.restarts
    await runner.stop()

    assert 0 == restarts


async def test_a_service_may_be_started_again_sooner_than_is_usual(tmp_path: Path) -> None:
    """One that dies again and again is never waited for longer than its longest pause."""
    dying = stubborn(tmp_path, longest_pause_seconds=0.01).model_copy(
        update={"argv": (sys.executable, "-I", "-S", "-c", "")}
    )
    runner = Runner(dying, tmp_path, lambda: None)
    runner.begin([], patient=True)
    # The first pause is half a second by default; seven doublings would take a minute.
    await until(lambda: runner.state.restarts >= 8)
    await runner.stop()

    assert 8 <= runner.state.restarts


async def test_a_stop_while_the_process_is_ended_waits_for_its_end(tmp_path: Path) -> None:
    """A service that is being replaced when the stack stops is killed all the same."""
    runner = Runner(stubborn(tmp_path, start_seconds=0.5), tmp_path, lambda: None)
    runner.begin([], patient=True)
    await until((tmp_path / "asked").exists)
    await runner.stop()

    assert is_gone(tmp_path)


async def test_a_stop_finds_the_services_that_a_new_plan_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the whole stack stops while some services already do, it waits for those as well."""
    answering(monkeypatch, cycle([True]))
    places = Places(tmp_path)
    places.prepare()
    plan = Plan(stack_id="one", version="1", services=(stubborn(tmp_path),), environment={})
    crew = Crew(plan, places)
    await crew.start()
    await until((tmp_path / "ready").exists)
    following = asyncio.create_task(crew.follow(plan.model_copy(update={"services": ()})))
    await until((tmp_path / "asked").exists)
    following.cancel()
    await crew.stop()

    assert is_gone(tmp_path)


async def test_a_service_that_died_is_started_again_without_failpoints(tmp_path: Path) -> None:
    """What a service dies of on purpose strikes its first life only, so that its recovery can be watched."""
    life = "import os; open('lives', 'a').write(os.environ.get('FAILPOINTS', 'none') + ' ')"
    service = stubborn(tmp_path).model_copy(
        update={
            "argv": (sys.executable, "-I", "-S", "-c", life),
            "environment": {"FAILPOINTS": "publish.before_commit=kill"},
        }
    )
    runner = Runner(service, tmp_path, lambda: None)
    runner.begin([], patient=True)
    await until(lambda: runner.state.restarts == 2)
    await runner.stop()

    assert ["publish.before_commit=kill", "none"] == (tmp_path / "lives").read_text().split()


async def test_a_new_process_on_request_is_no_death(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who asks for a new process gets another one, and nothing is counted as a restart after a death."""
    answering(monkeypatch, cycle([True]))
    runner = Runner(stubborn(tmp_path), tmp_path, lambda: None)
    runner.begin([], patient=True)
    await until(lambda: runner.state.state == "healthy" and (tmp_path / "ready").exists())
    old = runner.state.pid
    runner.renew(1)
    await until(lambda: runner.state.renewals == 1 and runner.state.state == "healthy")
    new = runner.state.pid
    await runner.stop()

    assert old == int((tmp_path / "asked").read_text())
    assert new not in {old, None}
    assert 0 == runner.state.restarts


async def test_a_new_process_on_request_waits_for_no_pause(tmp_path: Path) -> None:
    """A service that waits before it is started again after a death is started at once when somebody asks for it."""
    dying = stubborn(tmp_path).model_copy(update={"argv": (sys.executable, "-I", "-S", "-c", "")})
    runner = Runner(dying, tmp_path, lambda: None)
    runner._backoff.first = 3600
    runner.begin([], patient=True)
    await until(lambda: runner.state.state == "restarting")
    runner.renew(1)
    await until(lambda: runner.state.renewals == 1 and runner.state.restarts == 2)
    await runner.stop()

    assert "restarting" != runner.state.state


async def test_what_was_asked_for_before_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that is read again for another reason leaves a service alone that has its new process."""
    answering(monkeypatch, cycle([True]))
    places = Places(tmp_path)
    places.prepare()
    plan = Plan(stack_id="one", version="1", services=(stubborn(tmp_path),), environment={}, renewals={"api-server": 1})
    crew = Crew(plan, places)
    await crew.start()
    await crew.follow(plan)
    runner = crew._runners["api-server"]
    asked = runner._asked.is_set()
    await crew.follow(plan.model_copy(update={"renewals": {"api-server": 2}}))
    await until(lambda: runner.state.renewals == 2)
    await crew.stop()

    assert not asked
