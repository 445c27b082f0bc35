"""The last words of a process that meets something nobody caught."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

QUOTED = "the lighthouse keeper insured 212 lamps"
START = f"""
import threading
from accessa.telemetry.logs import configure_logging
from accessa.telemetry.uncaught import log_uncaught
configure_logging("test-service")
log_uncaught()
def fail():
    raise ValueError({QUOTED!r})
"""


@pytest.mark.parametrize(
    ("end", "event", "exit_code"),
    [
        ("fail()", "The process ends with something unexpected", 1),
        ("threading.Thread(target=fail).start()", "A thread met something unexpected", 0),
    ],
)
def test_an_error_that_nobody_caught_is_logged_without_its_words(end: str, event: str, exit_code: int) -> None:
    """It may quote a document: the log gets its type and its way, and nothing is printed beside the log."""
    program = [sys.executable, "-c", START + end]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    line = json.loads(ended.stdout)

    assert (exit_code, "") == (ended.returncode, ended.stderr)
    assert (event, "ValueError") == (line["event"], line["error_type"])
    assert QUOTED not in ended.stdout
