"""Processes known for certain to be ours, by id and time of birth or by the mark in their environment."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence

import psutil

STACK_MARK = "ACCESSA_STACK_ID"
SERVICE_MARK = "ACCESSA_SERVICE"
_SAME_BIRTH_SECONDS = 2.0  # the system's idea of its boot time moves a little when the clock is corrected


def birth_of(pid: int) -> float:
    """Return when process `pid` was created, in seconds since 1970; 0 if it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def find(pid: int | None, birth: float, stack_id: str) -> psutil.Process | None:
    """Return the living process `pid` if it is surely of the stack `stack_id`, else None.

    Its mark decides. Where the environment cannot be read, as in the moment of an exec, its time of birth does.
    """
    if not pid:
        return None
    try:
        process = psutil.Process(pid)
        environment = environment_of(process)
        if environment:
            ours = environment.get(STACK_MARK) == stack_id
        else:
            ours = abs(process.create_time() - birth) < _SAME_BIRTH_SECONDS
    except psutil.Error:
        return None
    return process if ours and is_alive(process) else None


def parent_of(pid: int) -> int:
    """Return the process that started `pid`, or 0 if that cannot be known; anybody may ask this of any process."""
    try:
        return int(psutil.Process(pid).ppid())
    except psutil.Error:
        return 0


def listens(pid: int | None, port: int) -> bool:
    """Tell whether process `pid`, or one that it started, listens on the IPv4 `port`.

    Where the system does not let this user look into that process the answer is yes, as nothing speaks against it.
    """
    if not pid:
        return False
    try:
        process = psutil.Process(pid)
        return _holds(process, port) or any(_holds(child, port) for child in process.children(recursive=True))
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def _holds(process: psutil.Process, port: int) -> bool:
    return any(
        connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        for connection in process.net_connections("tcp4")
    )


def listener_of(port: int) -> psutil.Process | None:
    """Return the process that listens on `port`; None if there is none, or if this user may not know."""
    try:
        listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN and one.pid]
        return next((psutil.Process(one.pid) for one in listening if one.laddr.port == port), None)
    except psutil.Error:
        return None


def is_halted(process: psutil.Process) -> bool:
    """Tell whether a signal (SIGSTOP) or a debugger holds the process, so that it does nothing until it may go on."""
    try:
        return process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
    except psutil.Error:
        return False


def called(process: psutil.Process) -> str:
    """Return the name and the id of the process for a person, as `python3.11 (pid 42)`."""
    try:
        return f"{process.name()} (pid {process.pid})"
    except psutil.Error:
        return f"pid {process.pid}"


def marked(stack_id: str, service: str | None = None) -> list[psutil.Process]:
    """Return the living processes whose environment bears `stack_id` (and `service`), without this one's ancestors."""
    wanted = {STACK_MARK: stack_id} | ({SERVICE_MARK: service} if service else {})
    return [
        process
        for process in other_processes()
        if wanted.items() <= environment_of(process).items() and is_alive(process)
    ]


def end(processes: Iterable[psutil.Process], steps: Sequence[tuple[int, float]]) -> int:
    """Send each signal of `steps` and wait its seconds until all are gone; return how many had to be ended."""
    left = list(processes)
    count = len(left)
    for number, seconds in steps:
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
        left = _wait(left, seconds)
    return count


GENTLY: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
AT_ONCE: tuple[tuple[int, float], ...] = ((signal.SIGKILL, 5.0),)


def wait_gone(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait at most `seconds` for `processes` to end; return those that still live."""
    return _wait(list(processes), seconds)


def _wait(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    deadline = time.monotonic() + seconds
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if is_alive(process)]
    return left


def is_alive(process: psutil.Process) -> bool:
    """Tell whether this very process, not a later one of the same id, still runs."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def service_of(process: psutil.Process) -> str:
    """Return the name of the service that `process` belongs to, by its mark; empty if it bears none."""
    return environment_of(process).get(SERVICE_MARK, "")


def stack_of(process: psutil.Process) -> str:
    """Return the id of the stack that `process` belongs to, by its mark; empty if it bears none."""
    return environment_of(process).get(STACK_MARK, "")


def environment_of(process: psutil.Process) -> dict[str, str]:
    """Return the environment that `process` was started with; empty if it cannot be read."""
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}


def other_processes() -> Iterator[psutil.Process]:
    """Yield every process of the system but this one and its ancestors."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return (process for process in psutil.process_iter() if process.pid not in own)
