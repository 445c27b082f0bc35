"""`accessa drill`: where it refuses to run, and how its outcome is told."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from accessa.cli.drill_result import as_json, as_lines
from accessa.drill.chaos import Blows
from accessa.drill.course import Outcome
from accessa.drill.evidence import Acknowledged, Evidence, Kill
from accessa.drill.ground import end_abandoned
from accessa.drill.plan import DrillSize
from accessa.drill.verdict import judge
from accessa.stack.places import Places
from accessa.stack.processes import STACK_MARK, birth_of
from accessa.stack.state import StackState, write_state

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli

REQUIRED = (
    *("documents", "kills", "lost", "duplicated", "repaid_units", "repaid_bound", "zombie_writes", "violations"),
    *("recovery_seconds_max", "seed"),
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[StackState]:
    """The state of a stack with two workers that runs, so far as its file and its supervisor tell."""
    places = Places(tmp_path / "home")
    places.root.mkdir()
    patient = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    marked = os.environ | {STACK_MARK: places.stack_id}
    with subprocess.Popen(patient, stdin=subprocess.PIPE, env=marked) as supervisor:
        birth, names = birth_of(supervisor.pid), {"stack_id": places.stack_id, "version": "1"}
        state = StackState(phase="running", supervisor_pid=supervisor.pid, supervisor_created=birth, workers=2, **names)
        write_state(places.state, state)
        yield state


def outcome(evidence: Evidence) -> Outcome:
    """Return the outcome of a small drill with these facts."""
    return Outcome(DrillSize(1, 1, 3, 42), 1, 3, Blows(kills=[Kill(None, 1.0)]), (), evidence, judge(evidence), 61.0)


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("arguments", [(), ("--running", "--yes")], ids=["own", "running"])
def test_a_drill_outside_local_is_refused(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, environment: str, arguments: tuple[str, ...]
) -> None:
    """Outside `local` nothing is killed: one sentence, exit code 2."""
    monkeypatch.setenv("ENVIRONMENT", environment)

    assert (2, "") == (cli("drill", *arguments), cli.out)
    assert f"refused in ENVIRONMENT={environment}" in cli.err


def test_a_running_stack_is_drilled_only_after_a_yes(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What will happen is said before, and without an answer nothing is done."""
    monkeypatch.setattr("sys.stdin", io.StringIO())

    assert (2, "") == (cli("drill", "--running"), cli.out)
    assert "This kills workers, the API and Postgres of the running stack" in cli.err
    assert "to go on: accessa drill --running --yes" in cli.err


def test_without_a_running_stack_the_next_command_is_named(cli: Cli) -> None:
    """`--running` needs a stack that runs."""
    assert 2 == cli("drill", "--running", "--yes")
    assert cli.err.endswith("STACK_NOT_RUNNING: The stack is not running; start it with: accessa up\n")


def test_a_running_stack_keeps_its_number_of_workers(cli: Cli, running: StackState) -> None:
    """`--workers` with `--running` is refused before anything is asked, with the number that the stack has."""
    assert (2, 2, "") == (running.workers, cli("drill", "--running", "--workers", "4"), cli.out)
    assert "takes its workers as they are, 2 of them" in cli.err
    assert "accessa up --workers 4" in cli.err


def test_a_drill_of_the_running_stack_tells_its_number_of_workers(
    cli: Cli, running: StackState, tmp_path: Path
) -> None:
    """The first line names the workers that are there, also where they are too few for a drill."""
    write_state(Places(tmp_path / "home").state, running.model_copy(update={"workers": 1}))

    assert 2 == cli("drill", "--running", "--yes", "--seed", "7")
    assert "seed 7: 15 documents, 12 kills, 1 worker\n" in cli.out + cli.err


def test_a_good_outcome_is_a_page_and_an_object() -> None:
    """The figures stand on the page and in the object, and no home is named when nothing was wrong."""
    good = outcome(Evidence())

    assert "the promise held" == list(as_lines(good, None))[-1]
    found = as_json(good, None)
    assert [] == [name for name in REQUIRED if name not in found]
    assert (True, 1, 0, 42, None) == tuple(found[name] for name in ("passed", "kills", "lost", "seed", "home"))


def test_a_bad_outcome_names_rows_and_the_command_to_look() -> None:
    """What was lost is named, with the folder that was kept and the command that opens it."""
    upload = Acknowledged(UUID(int=1), UUID(int=2), "drill-x.md", "a" * 64)
    bad = outcome(replace(Evidence(), acknowledged=[upload]))
    page = list(as_lines(bad, Path("/kept")))

    assert "✗ lost                        1" in page
    assert f"  drill-x.md ({UUID(int=2)}): there is no such job or document" in page
    assert "to look: ACCESSA_HOME=/kept accessa up && ACCESSA_HOME=/kept accessa audit" == page[-1]
    assert (False, 1, "/kept") == tuple(as_json(bad, Path("/kept"))[name] for name in ("passed", "lost", "home"))


def test_nothing_sent_proves_nothing() -> None:
    """A drill whose uploads were all refused has not passed."""
    assert not replace(outcome(Evidence()), documents=0).passed
    assert not replace(outcome(Evidence()), refused=("drill-x.md: no answer",)).passed


def test_the_home_of_a_drill_that_was_killed_is_cleared_away(tmp_path: Path) -> None:
    """A home whose owner is gone is removed; that of a living one, and one kept to be looked at, stay."""
    for name, owner in {
        "gone": (999_999_999, 1e9),
        "alive": (os.getpid(), birth_of(os.getpid())),
        "kept": None,
    }.items():
        home = tmp_path / f"accessa-drill-{name}"
        home.mkdir()
        if owner:
            (home / "drill-owner.json").write_text(json.dumps({"pid": owner[0], "birth": owner[1]}))

    assert 1 == end_abandoned(tmp_path)
    assert ["accessa-drill-alive", "accessa-drill-kept"] == sorted(path.name for path in tmp_path.iterdir())
