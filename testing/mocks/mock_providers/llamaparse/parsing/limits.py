"""Limits that a parsing child puts on itself."""

from __future__ import annotations

import ctypes
import resource
import sys

_MEGABYTE = 1024 * 1024
_MOST_OPEN_FILES = 64
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


def limit_memory(megabytes: int) -> None:
    """Bound the address space of this process; macOS does not enforce that, so nothing is done there."""
    if sys.platform != "darwin":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * _MEGABYTE, hard))


def shut_out() -> None:
    """Leave the network, where the system permits that, and write no byte to any disk from now on."""
    for kind, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MOST_OPEN_FILES),
    ):
        resource.setrlimit(kind, (most, most))
    sys.addaudithook(_refuse_sockets)
    if sys.platform != "darwin":
        system = ctypes.CDLL(None)
        if system.unshare(_NEW_NETWORK) != 0:
            system.unshare(_NEW_USER | _NEW_NETWORK)


def _refuse_sockets(event: str, _arguments: object) -> None:
    if event.startswith("socket."):
        raise PermissionError("A parsing child opens no socket.")


def allow_cpu_seconds(seconds: int) -> None:
    """Let this process use so many more seconds of processor time; the system ends it beyond."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
