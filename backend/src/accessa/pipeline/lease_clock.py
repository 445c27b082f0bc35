"""A clock that goes on while the machine sleeps, so that a worker that wakes up late stops before it buys."""

from __future__ import annotations

import time

from accessa.domain.errors import LeaseLostError

_MARGIN = 0.8
# Not every system has the clock that counts suspended time; the plain monotonic one is the next best.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseClock:
    """Started when a lease was renewed."""

    def __init__(self, lease_seconds: float) -> None:
        """Start to count."""
        self._ends = time.clock_gettime(_CLOCK) + lease_seconds * _MARGIN

    def check(self) -> None:
        """Raise `LeaseLostError` when the lease has, or has nearly, run out."""
        if time.clock_gettime(_CLOCK) > self._ends:
            raise LeaseLostError
