"""The long tests: left out of a plain run, which says so, and run when they are asked for."""

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
"""


@pytest.mark.parametrize(
    ("asked_for", "said"),
    [
        ((), ["not run: 2 drill tests, which take long; run them with: make drill", "1 passed, 2 deselected"]),
        (("-m", "drill"), ["2 drill tests, about 2 minutes", "2 passed, 1 deselected"]),
    ],
    ids=["plain", "drill"],
)
def test_a_run_says_what_it_left_out(tmp_path: Path, asked_for: tuple[str, ...], said: list[str]) -> None:
    """A plain run leaves the long tests out in so many words; `-m drill` runs them alone and says how long it takes."""
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = drill(seconds): long\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "backend.tests.drill_tier", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *asked_for, str(tmp_path)],
        cwd=ROOT,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, said) == (done.returncode, [line for line in said if line in done.stdout])
