"""The canary: whether a document sent for the purpose was found in the end."""

from __future__ import annotations

import time
from collections.abc import Callable

from accessa.observe.metric import Sample, gauge
from accessa.settings import Settings
from accessa.store.database import Connection
from accessa.store.statements import load

PASSED = gauge("accessa_canary_passed", "1 when the canary that ended last was found, else 0; absent before the first")
LAST_PASS = gauge("accessa_canary_last_pass_seconds", "Since a canary was found last; absent before the first")
AWAITED = gauge(
    "accessa_canary_awaited_seconds",
    "Since a canary was found last, or since the monitoring has looked without a gap, whichever is later",
)
DURATION = gauge("accessa_canary_duration_seconds", "What the canary that ended last took")
EVERY = gauge("accessa_canary_every_seconds", "Pause between two canaries; 0 when none is sent")
# After a gap longer than any pause between two looks, as of a computer that slept, canaries are awaited anew.
_GAP_SECONDS = 300.0


class CanaryReading:
    """Before the first canary only how long it has been awaited is told."""

    metrics = (PASSED, LAST_PASS, AWAITED, DURATION, EVERY)
    every_seconds = 5.0

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self._every_seconds = settings.canary.every_seconds
        self._clock = clock
        self._looks_since = self._looked_at = float("-inf")

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the verdict of the newest canary."""
        row = await connection.fetchrow(load("sight_canary"))
        watched_seconds = self._watched_seconds()
        last_pass_seconds = row["last_pass_seconds"]
        told = {
            PASSED: None if row["passed"] is None else float(row["passed"]),
            LAST_PASS: last_pass_seconds,
            AWAITED: watched_seconds if last_pass_seconds is None else min(watched_seconds, last_pass_seconds),
            DURATION: row["seconds"],
            EVERY: self._every_seconds,
        }
        return [Sample(metric, value) for metric, value in told.items() if value is not None]

    def _watched_seconds(self) -> float:
        """Return for how long looks have followed each other; by the clock, as others stand still in a sleep."""
        now = self._clock()
        if not 0 <= now - self._looked_at <= _GAP_SECONDS:
            self._looks_since = now
        self._looked_at = now
        return now - self._looks_since
