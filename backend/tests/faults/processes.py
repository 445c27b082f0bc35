"""Real processes of the product for tests that kill, freeze and stop them; a fork costs them no start of Python."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import orjson
import psutil
import uvicorn

from accessa.apps.api.app import create_app
from accessa.apps.storage.application import create_app as create_storage
from accessa.apps.worker.main import serve
from accessa.pipeline.tracing import begin_traces, end_traces
from accessa.settings import Settings
from accessa.telemetry.failpoint_warning import arm_failpoints
from accessa.telemetry.logs import configure_logging

KILLED = -signal.SIGKILL
PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.01

# What a process would import by itself on its first request, and each fork anew.
_ON_FIRST_USE = [
    "anyio._backends._asyncio",
    "httpcore",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
]
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__, *_ON_FIRST_USE])


@dataclass(frozen=True, slots=True)
class Child:
    """One process of the product and what it logs."""

    process: ForkServerProcess
    log: Path
    address: str = ""

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self.process.pid is not None
        return self.process.pid

    async def exit_code(self) -> int:
        """Wait for the end; `KILLED` is the code of a process that was killed, or killed itself at a failpoint."""
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self.process.sentinel, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
        finally:
            asyncio.get_running_loop().remove_reader(self.process.sentinel)
        self.process.join(PATIENCE_SECONDS)
        assert self.process.exitcode is not None
        return self.process.exitcode

    def send(self, number: signal.Signals) -> None:
        """Send a signal: SIGTERM stops in good order, SIGSTOP freezes, SIGCONT wakes, SIGKILL kills."""
        os.kill(self.pid, number)

    async def frozen(self) -> None:
        """Wait until the process is frozen, by a failpoint or by SIGSTOP."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while psutil.Process(self.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(_LOOK_SECONDS)

    def told(self) -> list[dict[str, Any]]:
        """Return the lines that the process has logged so far."""
        lines = self.log.read_bytes().splitlines() if self.log.exists() else []
        return [orjson.loads(line) for line in lines if line.startswith(b"{")]

    async def tells(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a line of the log and return it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := [line for line in self.told() if is_so(line)]):
                await asyncio.sleep(_LOOK_SECONDS)
        return found[0]


class Processes:
    """Starts processes and sees to it that none is left."""

    def __init__(self, folder: Path) -> None:
        """Keep the logs in `folder`."""
        self._folder = folder
        self._children: list[Child] = []

    def worker(self, settings: Settings, failpoints: str = "", **changes: Any) -> Child:
        """Start a worker with these failpoints; `changes` are settings of its group."""
        group = settings.worker.model_copy(update=changes)
        return self._start(_work, _armed(settings.model_copy(update={"worker": group}), failpoints))

    def api(self, settings: Settings, failpoints: str = "") -> Child:
        """Start an API with these failpoints on a free port; its address is that of its webhooks, too."""
        with _listener() as listener:
            address = _address(listener)
            group = settings.api.model_copy(update={"public_url": address})
            own = _armed(settings.model_copy(update={"api": group}), failpoints)
            return self._start(_serve_api, own, listener, address=address)

    def storage(self, settings: Settings, root: Path, jwt_secret: str, failpoints: str = "") -> Child:
        """Start a storage server on a folder with these failpoints on a free port."""
        with _listener() as listener:
            own = _armed(settings, failpoints)
            return self._start(_serve_storage, own, listener, root, jwt_secret, address=_address(listener))

    def _start(self, work: Callable[..., None], settings: Settings, *arguments: Any, address: str = "") -> Child:
        log = self._folder / f"process-{len(self._children)}.log"
        process = _forks.Process(target=work, args=(log, settings, *arguments), daemon=True)
        process.start()
        child = Child(process, log, address)
        self._children.append(child)
        return child

    def end(self) -> None:
        """Kill what is left, also what is frozen."""
        for child in self._children:
            if child.process.is_alive():
                child.process.kill()
            child.process.join(PATIENCE_SECONDS)
            child.process.close()


@contextmanager
def started_in(folder: Path) -> Iterator[Processes]:
    """Lend the means to start processes; all of them have ended after the block."""
    processes = Processes(folder)
    try:
        yield processes
    finally:
        processes.end()


def _armed(settings: Settings, failpoints: str) -> Settings:
    group = settings.failpoints.model_copy(update={"failpoints": failpoints})
    return settings.model_copy(update={"failpoints": group})


def _listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=512)


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _begin(log: Path, settings: Settings, name: str) -> None:
    gc.freeze()  # a look through all that was forked would copy it
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    os.close(output)
    configure_logging(name, settings.log.level)
    arm_failpoints(settings.failpoints.failpoints, settings.runtime.environment)
    begin_traces(settings, name)


def _work(log: Path, settings: Settings) -> None:
    _begin(log, settings, "base-worker")
    asyncio.run(serve(settings))
    end_traces()


def _serve_api(log: Path, settings: Settings, listener: socket.socket) -> None:
    _begin(log, settings, "api-server")
    _serve(create_app(settings), listener)


def _serve_storage(log: Path, settings: Settings, listener: socket.socket, root: Path, jwt_secret: str) -> None:
    _begin(log, settings, "supabase-storage")
    _serve(create_storage(root=root, jwt_secret=jwt_secret), listener)


def _serve(app: Any, listener: socket.socket) -> None:
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", loop="asyncio")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server raises it once more when it has stopped in order
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        end_traces()
