"""The command `accessa drill` as a person runs it: it proves the promise, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]

DRILL = (sys.executable, "-c", "from accessa.cli.main import run; run()", "drill", "--seed", "11", "--json")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for homes that the Postgres user can reach, unlike pytest's own when the tests run as root."""
    made = Path(tempfile.mkdtemp(prefix="accessa-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def drill(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a drill whose temporary home lies in `folder`."""
    return subprocess.Popen(
        [*DRILL, *arguments],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder), "ENVIRONMENT": "local"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def still_there(folder: Path) -> list[str]:
    """Return what is left of a drill: homes in `folder`, and processes whose home lies there."""
    homes = [path.name for path in folder.glob("accessa-drill-*")]
    return homes + [" ".join(process.info["cmdline"] or ()) for process in processes_of(folder)]


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the processes that are started with a path below `folder`."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(f"{folder}/accessa-drill-" in word for word in process.info["cmdline"] or ())
    ]


def test_a_small_drill_holds_the_promise(folder: Path) -> None:
    """Six documents and four kills: nothing lost, doubled or written late, and the money within its bound."""
    with drill(folder, "--documents", "6", "--kills", "4") as process:
        out, err = process.communicate()
    found = json.loads(out)

    assert (0, [], True) == (process.returncode, found["findings"], found["passed"]), err
    assert (6, 4, 4) == (found["documents"], found["kills"], found["kills_of_busy_workers"])
    assert (0, 0, 0, 0) == tuple(found[name] for name in ("lost", "duplicated", "zombie_writes", "violations"))
    assert found["repaid_units"] <= found["repaid_bound"]
    assert [] == still_there(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_drill_leaves_nothing_behind(folder: Path, number: signal.Signals) -> None:
    """Ctrl-C, or a termination, amid the blows ends every process, frozen ones too, and removes the home."""
    with drill(folder, "--documents", "6", "--kills", "50") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "froze" in line:
                break
        process.send_signal(number)
        process.communicate()

    assert (130, []) == (process.returncode, still_there(folder))


def test_a_drill_that_was_killed_is_cleared_away_by_the_next(folder: Path) -> None:
    """SIGKILL leaves a stack running; the next drill ends it before it starts its own."""
    with drill(folder, "--documents", "6", "--kills", "50") as first:
        assert first.stderr is not None
        for line in first.stderr:
            if "killed" in line:
                break
        first.kill()
    left = {process.pid for process in processes_of(folder)}
    assert left
    with drill(folder, "--documents", "1", "--kills", "1") as second:
        second.communicate()

    assert (0, []) == (second.returncode, still_there(folder))
    assert set() == {pid for pid in left if psutil.pid_exists(pid)}
