"""The workers of a benchmark: started, held back, let go, killed and measured by it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Mapping

import psutil

from accessa.bench.meter import cpu_seconds, peak_memory_bytes
from accessa.domain.errors import UsageError
from accessa.drill.ground import Ground
from accessa.stack.command import bound_command
from accessa.stack.health import is_healthy
from accessa.stack.plan import Health
from accessa.stack.processes import SERVICE_MARK, STACK_MARK
from accessa.stack.service_table import WORKER

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 40.0


class WorkerProcesses:
    """Worker processes of one stack; what those that ended have used stays counted."""

    def __init__(self, ground: Ground, environment: Mapping[str, str]) -> None:
        """Take the environment of the services."""
        self._health = Health(kind="worker", address=ground.addresses["DATABASE_URL"])
        self._folder = ground.places.root
        self._log = ground.places.logs / f"{WORKER}.jsonl"
        self._environment = {**environment, STACK_MARK: ground.places.stack_id, SERVICE_MARK: WORKER}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ended_seconds = 0.0
        self._peak = 0

    async def start(self, count: int, extra: Mapping[str, str] | None = None) -> None:
        """Start so many more workers, and wait until each gives signs of life; `extra` are settings of these alone."""
        started = [self._spawn(extra or {}) for _ in range(count)]
        self._processes += started
        async with asyncio.timeout(_START_SECONDS):
            for process in started:
                while not await is_healthy(self._health, process.pid):
                    if process.poll() is not None:
                        raise UsageError("STACK_FAILED", f"A worker ended with code {process.returncode} at its start.")
                    await asyncio.sleep(_LOOK_SECONDS)

    def hold(self) -> None:
        """Freeze all: what is uploaded now waits."""
        self._send(signal.SIGSTOP)

    def let_go(self) -> None:
        """Let all go on."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End all with SIGKILL; what they have used stays counted."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End all in good order."""
        self.let_go()
        self._end(signal.SIGTERM)

    def cpu(self) -> float:
        """Return the CPU seconds of all workers there ever were, with their children."""
        return self._ended_seconds + sum(cpu_seconds(root) for root in self._roots())

    def peak_bytes(self) -> int:
        """Return the most memory that one of them has had."""
        return max([self._peak, *(peak_memory_bytes(root) for root in self._roots())])

    def _spawn(self, extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                bound_command([sys.executable, "-m", "accessa.apps.worker.main"]),
                cwd=self._folder,
                env={**self._environment, **extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _send(self, number: int) -> None:
        for process in self._processes:
            process.send_signal(number)

    def _end(self, number: int) -> None:
        self._peak = self.peak_bytes()
        self._ended_seconds = self.cpu()
        self._send(number)
        for process in self._processes:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _roots(self) -> list[psutil.Process]:
        roots: list[psutil.Process] = []
        for process in self._processes:
            with contextlib.suppress(psutil.Error):
                roots.append(psutil.Process(process.pid))
        return roots
