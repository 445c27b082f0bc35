"""Limits that a parsing child puts on itself."""

from __future__ import annotations

import resource
import sys

_MEGABYTE = 1024 * 1024


def limit_memory(megabytes: int) -> None:
    """Bound the address space of this process; macOS does not enforce that, so nothing is done there."""
    if sys.platform != "darwin":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * _MEGABYTE, hard))


def allow_cpu_seconds(seconds: int) -> None:
    """Let this process use so many more seconds of processor time; the system ends it beyond."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
