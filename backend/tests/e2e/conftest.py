"""A whole stack under a home of its own, driven by the command line as a person would.

It consists of processes, or, where ACCESSA_TEST_STACK=docker, of containers: the tests are the same.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accessa.settings import settings_of
from accessa.stack import services_environment

from .containers import raw_logs, remove, send

CHECKOUT = Path(__file__).parents[3]
PROGRAM = str(Path(sys.executable).with_name("accessa"))
LONGEST_SECONDS = 100
# The image is built with the first start.
LONGEST_START_SECONDS = 1200
TUNING = {
    "ACCESSA_EMBEDDINGS": "lexical",
    "WORKER_LEASE_SECONDS": "5",
    "WORKER_POLL_SECONDS": "0.3",
    "CANARY_EVERY_SECONDS": "0",
}
AS_CONTAINERS = os.environ.get("ACCESSA_TEST_STACK") == "docker"
# What the stack and the tests themselves set; everything of the caller's shell stays out.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT")


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Stack:
    """A stack's home and the command line pointed at it."""

    home: Path

    def start(self, *options: str, **settings: str) -> None:
        """Start it, as processes or as containers."""
        kind = ("--docker",) if AS_CONTAINERS else ()
        started = self.accessa("up", *kind, *options, **settings)
        assert started.code == 0, started.err

    def stop(self) -> None:
        """Stop it; containers go with all that they have kept."""
        stopped = self.accessa("down")
        if AS_CONTAINERS:
            remove(self.home)
        assert stopped.code == 0, stopped.err

    def kill(self, name: str) -> None:
        """Have the process of a service die at once."""
        if AS_CONTAINERS:
            send(self.home, name, signal.SIGKILL, to="program")
        else:
            os.kill(self.service(name)["pid"], signal.SIGKILL)

    def raw_logs(self) -> dict[str, bytes]:
        """Return every byte that each service has written."""
        if AS_CONTAINERS:
            return raw_logs(self.home)
        return {path.name.removesuffix(".jsonl"): path.read_bytes() for path in sorted((self.home / "logs").iterdir())}

    def services_environment(self) -> dict[str, str]:
        """Return the environment of its services."""
        return services_environment(settings_of({"ACCESSA_HOME": str(self.home)}))

    def started(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start one command of the command line, whose output is read later."""
        command = [PROGRAM, *map(str, arguments)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=self._environment(), cwd=self.home.parent
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {**kept, "ACCESSA_HOME": str(self.home)}

    def accessa(self, *arguments: str | Path, **settings: str) -> Ran:
        """Run one command of the command line to its end."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=LONGEST_START_SECONDS if arguments[0] == "up" else LONGEST_SECONDS,
            check=False,
            env={**self._environment(), **settings},
            cwd=self.home.parent,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def service(self, name: str) -> dict[str, Any]:
        """Return the row of one service as `accessa status --json` tells it."""
        [row] = [row for row in self.accessa("status", "--json").rows if row["name"] == name]
        return row

    def environment(self) -> dict[str, str]:
        """Return the addresses that `accessa env` prints."""
        return dict(line.split("=", 1) for line in self.accessa("env").out.splitlines())


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack on free ports, with quick leases so that a killed worker's jobs come back soon."""
    yield from _run_stack(tmp_path_factory)


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Another such stack, for tests that take away what others may need."""
    yield from _run_stack(tmp_path_factory)


def _run_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("e2e") / "home of the tests")
    running.start(**TUNING)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of test documents."""
    return CHECKOUT / "testing" / "fixtures"
