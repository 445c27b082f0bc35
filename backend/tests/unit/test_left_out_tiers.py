"""Tests of tiers that not every run can have: left out of a plain run, which says so, and run when asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TESTS = """
import pytest

def test_short(): pass

@pytest.mark.drill(seconds=90)
def test_long(): pass

@pytest.mark.drill
def test_other(): pass

@pytest.mark.containers
def test_of_containers(): pass

@pytest.mark.processes
def test_of_processes(): pass
"""

DRILL_LEFT_OUT = "not run: 2 drill tests, which take long; run them with: make drill"
PROCESSES_LEFT_OUT = "not run: 1 tests of a stack of processes; run them with: ./scripts/run-local-tests.sh"
CONTAINERS_LEFT_OUT = (
    "not run: 1 tests of containers, which need Docker; run them with: ./scripts/run-local-tests.sh --docker"
)


@pytest.mark.parametrize(
    ("asked_for", "stack", "said"),
    [
        ((), "", [DRILL_LEFT_OUT, CONTAINERS_LEFT_OUT, "2 passed, 3 deselected"]),
        ((), "docker", [DRILL_LEFT_OUT, PROCESSES_LEFT_OUT, "2 passed, 3 deselected"]),
        (("-m", "drill"), "", ["2 drill tests, about 2 minutes", "2 passed, 3 deselected"]),
    ],
    ids=["plain", "containers", "drill"],
)
def test_a_run_says_what_it_left_out(tmp_path: Path, asked_for: tuple[str, ...], stack: str, said: list[str]) -> None:
    """A plain run leaves other tiers out in so many words; `-m drill` runs that one and says how long it takes."""
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  drill(seconds): long\n  containers: Docker\n  processes: no Docker\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "backend.tests.left_out_tiers", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *asked_for, str(tmp_path)],
        cwd=ROOT,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "/usr/bin:/bin", "ACCESSA_TEST_STACK": stack},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, said) == (done.returncode, [line for line in said if line in done.stdout])
