"""Keeping one service alive: start it after its dependencies, wait for its health, watch it, start it again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from accessa.stack.backoff import Backoff
from accessa.stack.child import Child, start_child
from accessa.stack.health import FAILURES, is_healthy
from accessa.stack.log_file import LogFile
from accessa.stack.plan import Service
from accessa.stack.postgres import clear_remains, ensure_database
from accessa.stack.state import ServicePhase, ServiceState
from accessa.telemetry.logs import get_logger

_LOG = get_logger(__name__)
_QUICK_CHECK_SECONDS = 0.1
_DEATHS_AT_START = 3


class StartFailedError(Exception):
    """A service did not become healthy; `words` say why in plain words."""

    def __init__(self, service: str, words: str) -> None:
        self.service = service
        self.words = words
        super().__init__(f"{service}: {words}")


class Runner:
    """One service and its present process; `ready` is set when it was healthy for the first time.

    `renewals` is the number of new processes that were asked for before.
    """

    def __init__(self, service: Service, logs: Path, on_change: Callable[[], None], renewals: int = 0) -> None:
        self.service = service
        self.state = ServiceState(
            name=service.name,
            port=service.port,
            url=service.url,
            once=service.health.kind == "exit",
            renewals=renewals,
        )
        self.ready = asyncio.Event()
        self._log = LogFile(logs / f"{service.name}.jsonl", service.name)
        self._on_change = on_change
        self._backoff = Backoff(longest=service.longest_pause_seconds)
        self._healthy_since: float | None = None
        self._reason = ""
        self._task: asyncio.Task[None] | None = None
        self._renewals_asked = renewals
        self._asked = asyncio.Event()

    def renew(self, renewals: int) -> None:
        """See to it that the service got so many new processes by request: the present one is told to end.

        The next one starts without a pause, and the end counts as no death.
        """
        if renewals > self._renewals_asked:
            self._renewals_asked = renewals
            self._asked.set()

    def begin(self, dependencies: Sequence[asyncio.Event], *, patient: bool) -> asyncio.Task[None]:
        """Run in the background once `dependencies` are set.

        Unless `patient`, the task raises `StartFailedError` if the service does not become healthy in its time.
        """
        self._task = asyncio.create_task(self._run(dependencies, patient=patient), name=self.service.name)
        return self._task

    async def stop(self) -> None:
        """End the service and wait until it is gone."""
        if self._task:
            started = time.monotonic()
            self._task.cancel()
            await asyncio.wait({self._task})
            _LOG.info("Service stopped", name=self.service.name, duration_seconds=round(time.monotonic() - started, 2))
        self._change("stopped")

    async def _run(self, dependencies: Sequence[asyncio.Event], *, patient: bool) -> None:
        for dependency in dependencies:
            await dependency.wait()
        started = time.monotonic()
        while not await self._live_safely():
            if not self._asked.is_set():
                self.state.restarts += 1
                if not patient and self._is_hopeless(time.monotonic() - started):
                    raise StartFailedError(self.service.name, self._words())
                await self._pause()
            if self._asked.is_set():
                self._begin_anew()

    def _begin_anew(self) -> None:
        self._asked.clear()
        self.state.renewals = self._renewals_asked
        self._healthy_since = None
        self._backoff = Backoff(longest=self.service.longest_pause_seconds)
        self._change("restarting")

    def _is_hopeless(self, tried_seconds: float) -> bool:
        """Tell whether a service that was never healthy has had its chances."""
        tried_enough = self.state.restarts >= _DEATHS_AT_START or tried_seconds > self.service.start_seconds
        return not self.ready.is_set() and (self.state.once or tried_enough)

    def _words(self) -> str:
        said = self._log.last_words
        return f"{self._reason}; it last said: {said}" if said else self._reason

    async def _pause(self) -> None:
        healthy_seconds = time.monotonic() - self._healthy_since if self._healthy_since else 0.0
        self._healthy_since = None
        pause = self._backoff.pause(healthy_seconds)
        _LOG.warning(
            "Service restarts",
            name=self.service.name,
            reason=self._reason,
            restarts=self.state.restarts,
            pause_seconds=pause,
        )
        self._change("restarting")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), pause)

    async def _live_safely(self) -> bool:
        """Take an error of the supervisor itself for a death of the service, which has its remedy."""
        try:
            return await self._live_once()
        except OSError as error:
            self._reason = f"it cannot be run ({error.strerror})"
        except Exception as error:  # noqa: BLE001 - one service must not end the supervisor of all
            _LOG.exception("Running a service met something unexpected", name=self.service.name)
            self._reason = f"the supervisor met an unexpected {type(error).__name__}"
        return False

    async def _live_once(self) -> bool:
        """Run one process to its end; return True if it was to run once and has done its work."""
        self._log.forget()
        await _before_start(self.service)
        child = await start_child(_unarmed(self.service) if self.state.restarts else self.service, self._log)
        try:
            self.state.pid, self.state.created = child.pid, child.created
            self._change("starting")
            return await self._watch(child)
        finally:
            await child.stop()
            self.state.pid = None

    async def _watch(self, child: Child) -> bool:
        """Return when the process has ended, has been unhealthy for too long, or is to make room for a new one."""
        ending = asyncio.create_task(child.wait())
        checking = asyncio.create_task(self._check(child.pid))
        asking = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait({ending, checking, asking}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                return self._judge_exit(ending.result())
            if asking.done():
                _LOG.info("Service restarts on request", name=self.service.name, pid=child.pid)
                self._change("stopping")
                return False
            checking.result()
        finally:
            for task in (ending, checking, asking):
                task.cancel()
        self._reason = "it did not answer its health check in time"
        return False

    def _judge_exit(self, code: int) -> bool:
        if code == 0 and self.state.once:
            self._change("done")
            self.ready.set()
            return True
        self._reason = f"it ended with code {code}" if code >= 0 else f"it was ended by signal {-code}"
        return False

    async def _check(self, pid: int) -> None:
        """Check the health again and again; return when the service has been unhealthy for too long.

        The time of illness begins with a failed check, not with the last good one: between two checks this process may
        have been frozen for hours, as on a laptop that sleeps.
        """
        patience = self.service.start_seconds
        ill_since: float | None = time.monotonic()
        while True:
            if await is_healthy(self.service.health, pid) and await self._is_prepared():
                self._note_health()
                ill_since, patience = None, self.service.unhealthy_seconds
                await asyncio.sleep(self.service.check_seconds)
                continue
            ill_since = ill_since or time.monotonic()
            if time.monotonic() - ill_since >= patience:
                return
            if self.state.state == "healthy":
                self._change("unhealthy")
            await asyncio.sleep(_QUICK_CHECK_SECONDS)

    async def _is_prepared(self) -> bool:
        """Do what must follow the first health of a service; tell whether that succeeded."""
        if self.ready.is_set() or self.service.health.kind != "postgres":
            return True
        try:
            await ensure_database(self.service.health.address)
        except FAILURES:
            return False
        return True

    def _note_health(self) -> None:
        if self.state.state == "healthy":
            return
        self._healthy_since = self._healthy_since or time.monotonic()
        self._change("healthy")
        self.ready.set()
        _LOG.info("Service is healthy", name=self.service.name, pid=self.state.pid)

    def _change(self, state: ServicePhase) -> None:
        self.state.state = state
        self._on_change()


def _unarmed(service: Service) -> Service:
    """Return the service without failpoints: who has died at one is started again to recover from that."""
    environment = {name: value for name, value in service.environment.items() if name != "FAILPOINTS"}
    return service.model_copy(update={"environment": environment})


async def _before_start(service: Service) -> None:
    if service.health.kind == "postgres":
        await asyncio.to_thread(clear_remains, service.directory)
