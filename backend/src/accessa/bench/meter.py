"""CPU seconds and memory of whole process trees, with what ended meanwhile counted in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

_KIB = 1024


def cpu_seconds(root: psutil.Process) -> float:
    """Return user and system seconds of `root` and all below it, also of those that have ended and were waited for.

    Systems other than Linux do not tell the latter of a foreign process.
    """
    return sum(_own_seconds(process) for process in _tree(root))


def memory_bytes(root: psutil.Process) -> int:
    """Return the resident memory of `root` and all below it, now; what they share is counted in each."""
    return sum(_resident(process) for process in _tree(root))


def peak_memory_bytes(root: psutil.Process) -> int:
    """Return the most memory that `root` itself ever had resident, where the system tells; else what it has now."""
    try:
        status = Path(f"/proc/{root.pid}/status").read_text(encoding="ascii")
    except OSError:
        return _resident(root)
    return next((int(line.split()[1]) * _KIB for line in status.splitlines() if line.startswith("VmHWM:")), 0)


class Meter:
    """Reads the CPU seconds of named groups of processes, each known by its roots."""

    def __init__(self, groups: Mapping[str, Iterable[psutil.Process]]) -> None:
        """Take the roots of each group."""
        self._groups = {name: list(roots) for name, roots in groups.items()}

    def read(self) -> dict[str, float]:
        """Return the seconds that each group has used up to now."""
        return {name: sum(cpu_seconds(root) for root in roots) for name, roots in self._groups.items()}


def used(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what each group used between two readings."""
    return {name: round(seconds - before.get(name, 0.0), 3) for name, seconds in after.items()}


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _own_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
