"""The stack starts, is asked for again, changes its workers, tells about itself, and stops."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat

import asyncpg
import psutil
import pytest
from backend.tests.integration.stack.conftest import OwnStack, eventually, web_only

from accessa.domain.errors import UsageError
from accessa.settings import load_settings
from accessa.stack import log_lines, read_state, require_running, stack_environment, status
from accessa.stack.processes import marked


def test_up_again_and_down_again_are_harmless(stack: OwnStack) -> None:
    """The second `up` finds the same processes healthy, the second `down` finds nothing, and nothing is left."""
    first = stack.up()
    seen = {service.name: service.healthy for service in status(stack.settings)}
    second = stack.up()
    downs = [stack.down(), stack.down()]

    assert dict.fromkeys(["postgres", "supabase-storage", "api-server", "base-worker"], True) == seen
    assert first.supervisor_pid == second.supervisor_pid
    assert [service.pid for service in first.services] == [service.pid for service in second.services]
    assert [True, False] == downs
    assert [] == marked(stack.places.stack_id)
    assert read_state(stack.settings) is None


def test_services_stop_after_those_that_need_them(stack: OwnStack) -> None:
    """On the way down nothing loses what it stands on: Postgres is the last to go."""
    stack.up()
    stack.down()
    stops = [event["name"] for event in log_lines(stack.settings, "supervisor") if event["event"] == "Service stopped"]

    assert {"api-server", "base-worker"} < set(stops[: stops.index("migrations")])
    assert "postgres" == stops[-1]


def test_rows_survive_down_and_up(stack: OwnStack) -> None:
    """The database is the same after the stack was stopped and started."""
    stack.up()
    ask(stack, "create table kept as select 7 as number")
    stack.down()
    stack.up()

    assert 7 == ask(stack, "select number from kept")


def ask(stack: OwnStack, statement: str) -> object:
    """Run one statement in the stack's database and return its first value."""

    async def run() -> object:
        connection = await asyncpg.connect(stack_environment(stack.settings)["DATABASE_URL"])
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_another_number_of_workers_touches_only_workers(stack: OwnStack) -> None:
    """More or fewer workers are started or stopped while everything else runs on."""
    before = stack.up(workers=2)
    fewer = stack.up(workers=1)
    more = stack.up(workers=3)
    names = [service.name for service in status(stack.settings) if service.healthy]

    assert ["base-worker", "base-worker-2", "base-worker-3"] == [name for name in names if "worker" in name]
    assert (2, 1, 3) == (before.workers, fewer.workers, more.workers)
    for name in ("postgres", "supabase-storage", "api-server", "base-worker"):
        first, last = before.service(name), more.service(name)
        assert first is not None
        assert last is not None
        assert first.pid == last.pid


def test_changed_settings_wait_for_the_next_start(stack: OwnStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running stack keeps the settings it was started with, and `up` says which ones are new."""
    stack.up(table=web_only)
    monkeypatch.setenv("WORKER_LEASE_SECONDS", "77")
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "semantic")
    stack.settings = load_settings()
    stack.up()

    names = "ACCESSA_EMBEDDINGS, WORKER_LEASE_SECONDS"
    notice = f"The running stack keeps its old {names}; to change: accessa down, then accessa up"
    assert [notice, "The stack is already running."] == stack.told[-2:]


def test_what_holds_keys_is_private(stack: OwnStack) -> None:
    """Only the owner reads the keys, the plan and the logs; the state file holds no key."""
    stack.up(table=web_only)
    places = stack.places
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (places.secrets, places.plan, places.logs)]
    secrets = json.loads(places.secrets.read_text())

    assert [0o600, 0o600, 0o700] == modes
    assert [name for name, value in secrets.items() if value in places.state.read_text()] == []


def test_followed_logs_go_on(stack: OwnStack) -> None:
    """Following yields what was there and then what comes."""
    stack.up(table=web_only)
    lines = log_lines(stack.settings, "supervisor", follow=True)
    old = next(lines)
    psutil.Process(stack.service_pid("api-server")).kill()
    news = next(event for event in lines if event["event"] == "Service restarts")

    assert "Supervisor started" == old["event"]
    assert "it was ended by signal 9" == news["reason"]


def test_without_a_stack_the_command_that_starts_it_is_named(stack: OwnStack) -> None:
    """Whatever needs a running stack says how to get one."""
    with pytest.raises(UsageError, match="accessa up") as refused:
        require_running(stack.settings)

    assert "STACK_NOT_RUNNING" == refused.value.code


def test_a_removed_home_does_not_hide_the_stack(stack: OwnStack) -> None:
    """When the folder was deleted while the stack ran, `down` still finds every process of it."""
    stack.up(table=web_only)
    mark = stack.places.stack_id
    elsewhere = stack.places.root.rename(stack.places.root.with_name("elsewhere"))
    stopped = stack.down()
    shutil.rmtree(stack.places.root)
    elsewhere.rename(stack.places.root)

    assert stopped
    eventually(lambda: not marked(mark))
    assert [] == marked(mark)
