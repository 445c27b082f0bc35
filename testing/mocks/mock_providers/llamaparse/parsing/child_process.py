"""The parent's side of one parsing child: ask, read with a time limit, and tell how it died."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.parsing.task import ParseTask

_PACKAGE_ROOT = Path(__file__).resolve().parents[3]
_OUT_OF_MEMORY = frozenset({-signal.SIGABRT, -signal.SIGKILL})


class ChildKilledError(ParseFailureError):
    """A child was killed: by the system, as it or others took too much memory, or by somebody."""


class ChildProcess:
    """A parsing child that lives for several documents. Use it from one thread at a time."""

    def __init__(self, memory_mb: int, wall_seconds: float) -> None:
        """Start a child; `wall_seconds` bounds the time between two of its answers."""
        self._wall_seconds = wall_seconds
        self._timed_out = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mock_providers.llamaparse.parsing.child", str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        self.tasks = 0

    def ask(self, task: ParseTask) -> Iterator[dict[str, Any]]:
        """Give the answers but for the last; raises `ParseFailureError`, after which the child must be closed."""
        self.tasks += 1
        self._send(task.line())
        while True:
            message = self._receive()
            if "failed" in message:
                raise ParseFailureError(Reason(message["failed"]), message["sentence"])
            if "done" in message:
                return
            yield message

    def hand_on(self, state: str) -> None:
        """Give a child that is ready what the range before has handed on: a JSON text without line ends."""
        self._send(state.encode() + b"\n")

    def kill(self) -> None:
        """End the child at once; a thread that waits for its answer gets a failure. Safe from any thread."""
        self._process.kill()

    def close(self) -> None:
        """End the child and free its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in filter(None, (self._process.stdin, self._process.stdout)):
            # What a dead child has not read is still held for it, and goes with it.
            with suppress(BrokenPipeError):
                pipe.close()

    def _send(self, line: bytes) -> None:
        if self._process.stdin is None:
            raise RuntimeError("The child was started without a pipe to its input.")
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._cause_of_death() from None

    def _receive(self) -> dict[str, Any]:
        watch = threading.Timer(self._wall_seconds, self._time_out)
        watch.start()
        try:
            line = self._process.stdout.readline() if self._process.stdout else b""
        finally:
            watch.cancel()
        if not line.endswith(b"\n"):
            raise self._cause_of_death()
        message: dict[str, Any] = json.loads(line)
        return message

    def _time_out(self) -> None:
        self._timed_out = True
        self._process.kill()

    def _cause_of_death(self) -> ParseFailureError:
        code = self._process.wait()
        if self._timed_out or code == -signal.SIGXCPU:
            return ParseFailureError(Reason.TIMEOUT)
        if code in _OUT_OF_MEMORY:
            return ChildKilledError(Reason.DOCUMENT_TOO_LARGE)
        return ParseFailureError(Reason.ERROR_DURING_PROCESSING)


def _environment() -> dict[str, str]:
    """Return what the child needs to find the same packages, and nothing of our own environment."""
    places = dict.fromkeys([str(_PACKAGE_ROOT), *filter(None, sys.path)])
    return {
        "PYTHONPATH": os.pathsep.join(places),
        "PYTHONUTF8": "1",
        # Each arena reserves address space, which the memory limit counts.
        "MALLOC_ARENA_MAX": "2",
        "RAYON_NUM_THREADS": "1",
    }
