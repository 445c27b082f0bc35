"""The simulators as processes, for tests that end them or look at what they log."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

DEADLINE = 20.0
KEY = {"Authorization": "Bearer test-key"}


@dataclass
class Running:
    """A simulator that was started, and the lines that it has logged."""

    process: subprocess.Popen[str]
    http: httpx.Client
    lines: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """End it without any warning, as a crash would."""
        self.process.kill()
        self.process.wait(DEADLINE)

    def bill(self) -> dict[str, Any]:
        """Return the sums of its bill."""
        return dict(self.http.get("/_control/bill").json()["summary"])


Start = Callable[..., Running]


def as_new(running: Running) -> Running:
    """Have a simulator forget everything, as if it had just been started."""
    running.http.post("/_control/reset").raise_for_status()
    return running


@contextmanager
def starting_in(folder: Path) -> Iterator[Start]:
    """Start simulators on free ports; the same folder each time, and settings as environment variables."""
    with ExitStack() as stack:

        def run(name: str, **environment: str) -> Running:
            settings = {"MOCK_DATA_DIR": str(folder), "MOCK_LLAMAPARSE_DELAY": "0", **environment}
            process = subprocess.Popen(
                [sys.executable, "-m", f"mock_providers.{name}.main", "--port", "0"],
                env=settings | {"PYTHONPATH": ":".join(filter(None, sys.path))},
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(_end, process)
            running = Running(process, stack.enter_context(httpx.Client(headers=KEY, timeout=DEADLINE)))
            running.http.base_url = httpx.URL(f"http://127.0.0.1:{_port(running)}")
            threading.Thread(target=_collect, args=(running,), daemon=True).start()
            return running

        yield run


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(DEADLINE)


def _port(running: Running) -> int:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        running.lines.append(line)
        if found := re.search(r'"event": "The simulator listens".*"port": (\d+)', line):
            return int(found[1])
    raise AssertionError(f"the simulator did not start: {running.lines}")


def _collect(running: Running) -> None:
    assert running.process.stdout is not None
    with running.process.stdout as stdout:
        running.lines.extend(stdout)
