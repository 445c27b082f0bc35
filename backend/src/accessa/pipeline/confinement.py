"""Child processes for what strangers have made: started with nothing of ours, and confined before they look at it.

The parent's part is `run_confined`; the child calls `confine` once it has imported and opened all that it needs.
"""

from __future__ import annotations

import asyncio
import ctypes
import platform
import resource
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from accessa.pipeline.fork_server import ForkServer, bare_environment

OUT_OF_MEMORY = 3  #: exit code of a child that has met its memory limit

# What ends a child from outside: a terminal or a supervisor that stops all of a worker's processes, a person, or the
# system when it is short of memory. A child that has used up its own time gets SIGXCPU before the system kills it.
_FROM_OUTSIDE = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGKILL}
_READ_AHEAD_BYTES = 256 * 1024
_FORK_SERVER = ForkServer()
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


async def run_confined(module: str, *arguments: str, wall_seconds: float, given: bytes = b"") -> tuple[bytes, int]:
    """Run a module of ours as a child; return what it printed and its exit code. Raises TimeoutError after its time.

    The child gets none of our environment, where the secrets are, and is gone when this function is left.
    """
    if platform.system() == "Linux":
        return await _FORK_SERVER.run(module, *arguments, wall_seconds=wall_seconds, given=given)
    # The libraries of macOS do not work in a process that was forked.
    async with confined_child(module, *arguments) as child, asyncio.timeout(wall_seconds):
        output, _ = await child.communicate(given)
    return output, child.returncode if child.returncode is not None else -signal.SIGKILL


@asynccontextmanager
async def confined_child(module: str, *arguments: str, files: Sequence[int] = ()) -> AsyncIterator[Process]:
    """Lend a module of ours as a child that has the open `files`, by their numbers; it is gone afterwards."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_READ_AHEAD_BYTES,
        pass_fds=files,
        start_new_session=True,  # Ctrl-C in the worker's terminal is for the worker, which lets a short look end
        env=bare_environment(),
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()


def met_its_limits(exit_code: int) -> bool:
    """Tell whether a child ended because it needed more memory or processor time than it may have."""
    return exit_code == OUT_OF_MEMORY or (exit_code < 0 and -exit_code not in _FROM_OUTSIDE)


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process for good: no network, no file beyond those that are open, no byte written to a disk.

    macOS has no limit on memory and no network of a process's own; there the want of descriptors keeps sockets away.
    """
    _leave_network()
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, memory_bytes)
    # What is open stays open; whatever is opened from now on, a socket too, would need a number below this.
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, most: int, at_last: int | None = None) -> None:
    resource.setrlimit(kind, (most, most if at_last is None else at_last))


def _leave_network() -> None:
    """Move to a network without any way out, where the system permits it: to root, or to whoever may be root within."""
    if sys.platform == "linux":
        system = ctypes.CDLL(None)
        if system.unshare(_NEW_NETWORK) != 0:
            system.unshare(_NEW_USER | _NEW_NETWORK)
