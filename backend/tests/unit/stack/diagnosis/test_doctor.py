"""What `doctor` says about a machine on which the stack does not run."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from backend.tests.unit.stack.own_ports import free_row

from accessa.settings import load_settings
from accessa.stack import Finding, doctor
from accessa.stack.containers import Project
from accessa.stack.diagnosis import looks
from accessa.stack.places import Places
from accessa.stack.plan import Plan, write_plan
from accessa.stack.processes import STACK_MARK
from accessa.stack.stack_lock import stack_lock
from accessa.stack.state import StackState

PORT_VARIABLES = ("POSTGRES", "STORAGE", "API", "LLAMAPARSE", "OPENAI", "MONITORING")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and ports of its own, a model that is always there, and a machine with room enough, whatever it has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "lexical")
    for name, port in zip(PORT_VARIABLES, free_row(len(PORT_VARIABLES)), strict=True):
        monkeypatch.setenv(f"ACCESSA_{name}_PORT", str(port))
    monkeypatch.setattr("accessa.stack.diagnosis.room.LEAST_FREE_BYTES", 0)
    monkeypatch.setattr("accessa.stack.diagnosis.machine.LEAST_MEMORY_BYTES", 0)


def findings() -> dict[str, Finding]:
    """Examine this machine."""
    return {finding.name: finding for finding in doctor(load_settings())}


def test_a_fit_machine_is_told_so_and_nothing_is_changed(tmp_path: Path) -> None:
    """Everything is looked at, all is well where these tests run, and no file appears."""
    found = findings()

    of_machine = {"python", "packages", "memory", "programs", "shelters", "embeddings", "disk", "home", "data"}
    looked_at = of_machine | {"settings", "budgets", "ports", "stacks", "leftovers"}
    assert looked_at == set(found)
    assert "No budget is set (BUDGET_DAY_USD and others)." == found["budgets"].sentence
    assert [] == [finding for finding in found.values() if not finding.ok]
    assert [] == list(tmp_path.iterdir())


def test_what_is_wrong_comes_with_what_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finding that is not well has a sentence and a remedy."""
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "telepathy")
    monkeypatch.setenv("ACCESSA_POSTGRES_BINARIES", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("ACCESSA_API_PORT", str(other.getsockname()[1]))
        found = findings()
    wrong = {name: finding for name, finding in found.items() if not finding.ok}

    assert {"embeddings", "programs", "ports"} == set(wrong)
    assert all(finding.sentence and finding.mend for finding in wrong.values())
    assert "ACCESSA_API_PORT" in wrong["ports"].sentence


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    """A home in which one process of the stack lives."""
    places = Places(tmp_path / "home")
    places.prepare()
    program = [sys.executable, "-I", "-S", "-c", "print(flush=True); import threading; threading.Event().wait()"]
    with subprocess.Popen(program, env={STACK_MARK: places.stack_id}, stdout=subprocess.PIPE) as stray:
        assert stray.stdout is not None
        stray.stdout.readline()
        yield places
        stray.kill()


@pytest.mark.usefixtures("places")
def test_leftovers_of_a_crashed_stack_are_found() -> None:
    """A process that bears the mark of this stack is counted, with the command that ends it."""
    found = findings()["leftovers"]

    assert (False, "Run: accessa down") == (found.ok, found.mend)
    assert "as in a crash or a restart of this machine: 1 process(es) live on: a process (pid " in found.sentence


def test_a_stack_that_another_command_starts_is_no_leftover(places: Places) -> None:
    """While `up` or `down` is at work, its processes are not taken for those of a crash."""
    with stack_lock(places, lambda _sentence: None):
        found = findings()["leftovers"]

    assert (True, "Another command is starting or stopping the stack; ask again when it has ended.") == (
        found.ok,
        found.sentence,
    )


def test_a_stack_that_stops_meanwhile_is_looked_at_as_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the stack was seen running and is gone when its services are asked, that is no error."""
    running = StackState(phase="running", stack_id="one", version="1", supervisor_pid=1, supervisor_created=0)
    seen = iter([running, None])
    monkeypatch.setattr("accessa.stack.diagnosis.looks.live_state", lambda _places: next(seen))

    assert "The stack is not running, and nothing of it is left over." == findings()["leftovers"].sentence


def test_databases_of_removed_homes_are_one_short_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, they are told by their number and their folder, with the command that removes them."""
    abandoned = [tmp_path / "clusters" / str(number) for number in range(100)]
    monkeypatch.setattr("accessa.stack.diagnosis.programs.abandoned_shelters", lambda: abandoned)

    assert (
        f"100 database(s) of removed homes take up room in {tmp_path}/clusters; to remove them: "
        f"{sys.executable} -m accessa.stack.postgres.abandoned"
    ) == findings()["shelters"].sentence


def test_the_budgets_told_are_those_of_the_running_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The services go by the settings with which they were started, whatever the shell says that asks."""
    monkeypatch.setenv("BUDGET_DAY_USD", "100")
    in_force = {"ENVIRONMENT": "local", "BUDGET_DOCUMENT_USD": "2"}
    monkeypatch.setattr("accessa.stack.condition.services_environment", lambda _settings: in_force)

    assert (
        "Budgets: at most $2 for a document. These are the running stack's; it takes this shell's by: "
        "accessa down, then accessa up"
    ) == findings()["budgets"].sentence


def test_the_page_about_faults_has_a_row_for_each_name(tmp_path: Path) -> None:
    """Every name that the doctor may tell stands on the page with what mends it, and no other does."""
    page = Path(__file__).parents[5] / "docs" / "how-to" / "when-something-is-wrong.md"
    on_page = set(re.findall(r"^\| `(\w+)` \|", page.read_text(), re.MULTILINE))
    settings, places = load_settings(), Places(tmp_path)
    plan = Plan(stack_id="one", version="1", services=(), environment={"DATABASE_URL": "postgresql://x@127.0.0.1:1/y"})
    write_plan(places.plan, plan)
    state = StackState(phase="running", stack_id="one", version="1", supervisor_pid=1, supervisor_created=0)
    named = {**looks._of_machine(settings), **looks._of_home(settings, places), **looks._when_stopped(settings, places)}
    named |= looks._when_running(settings, places, state)
    project = Project(places, page.parents[2], places.root / ".env")
    named |= {**looks._of_docker(project), **looks._of_contained(settings, project, {})}
    of_database = {"locks", "schema", "workers", "clocks"}

    assert (set(named) - {"services", "containers"}) | {"supervisor", "webhooks"} | of_database == on_page
