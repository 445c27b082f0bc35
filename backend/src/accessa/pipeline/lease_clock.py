"""A clock that goes on while the machine sleeps, so that a worker that wakes up late stops before it buys."""

from __future__ import annotations

import time

from accessa.domain.errors import LeaseLostError

_MARGIN = 0.8
# Not every system has the clock that counts suspended time; the plain monotonic one is the next best.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseClock:
    """Started before a lease was renewed, or before the database told for how long it still holds."""

    def __init__(self, lease_seconds: float) -> None:
        """Start to count."""
        self._started = time.clock_gettime(_CLOCK)
        self._lease_seconds = lease_seconds

    def shorten(self, lease_seconds: float) -> None:
        """Take in for how long the lease held at some moment after the start."""
        self._lease_seconds = min(self._lease_seconds, lease_seconds)

    def check(self) -> None:
        """Raise `LeaseLostError` when the lease has, or has nearly, run out."""
        if time.clock_gettime(_CLOCK) > self._started + self._lease_seconds * _MARGIN:
            raise LeaseLostError
