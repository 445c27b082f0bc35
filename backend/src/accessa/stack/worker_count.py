"""How many workers are useful on this machine: as many as there are cores for them, and memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

AUTO: Literal["auto"] = "auto"
MOST = 8
"""More than this are not chosen by themselves: they would wait for Postgres, which needs cores too."""
_BYTES_EACH = 300_000_000
"""What a worker takes at its peak, with the children that look into its files."""
_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Machine:
    """What of the machine this process may use: cores, whole ones and parts, and bytes of memory that are free."""

    cores: float
    free_bytes: int


def wanted_workers(asked: int | Literal["auto"], tell: Callable[[str], None], machine: Machine | None = None) -> int:
    """Return the number that is meant by `asked`, and tell in one sentence how `auto` was decided."""
    if asked != AUTO:
        return asked
    machine = machine or this_machine()
    limits = {
        "as many as cores for them": max(1, int(machine.cores)),
        f"as many as {machine.free_bytes / 1e9:.1f} GB of free memory hold": max(1, machine.free_bytes // _BYTES_EACH),
        f"more than {MOST} are started only when asked for": MOST,
    }
    reason, chosen = min(limits.items(), key=lambda limit: limit[1])
    tell(f"{chosen} {'worker' if chosen == 1 else 'workers'}: {reason}.")
    return chosen


def this_machine(group: Path = _GROUP) -> Machine:
    """Return what this process may use, within the limits of its control group (a container's) where it has one."""
    cores = float(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)
    free = psutil.virtual_memory().available
    quota, period = [*_words(group / "cpu.max"), "", ""][:2]
    if quota.isdigit() and period.isdigit():
        cores = min(cores, int(quota) / int(period))
    limit, used = (_words(group / name) for name in ("memory.max", "memory.current"))
    if limit and used and limit[0].isdigit():
        free = min(free, max(0, int(limit[0]) - int(used[0])))
    return Machine(cores, free)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split()
    except (OSError, ValueError):
        return []
