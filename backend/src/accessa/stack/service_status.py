"""How one service of the stack is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service now: `state` is the word of whoever supervises it, `healthy` the result of a check made this moment.

    `pid` is its process, where this machine sees it: not that of a container in a machine of its own, as on macOS.
    """

    name: str
    state: str
    healthy: bool
    pid: int | None
    url: str | None
    restarts: int
