"""The canary: whether a document sent for the purpose was found in the end."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.settings import Settings
from accessa.store.database import Connection
from accessa.store.statements import load

PASSED = gauge("accessa_canary_passed", "1 when the canary that ended last was found, else 0; absent before the first")
LAST_PASS = gauge("accessa_canary_last_pass_seconds", "Since a canary was found last; absent before the first")
DURATION = gauge("accessa_canary_duration_seconds", "What the canary that ended last took")
EVERY = gauge("accessa_canary_every_seconds", "Pause between two canaries; 0 when none is sent")


class CanaryReading:
    """Nothing is told before the first."""

    metrics = (PASSED, LAST_PASS, DURATION, EVERY)
    every_seconds = 5.0

    def __init__(self, settings: Settings) -> None:
        self._every_seconds = settings.canary.every_seconds

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the verdict of the newest canary."""
        row = await connection.fetchrow(load("sight_canary"))
        told = {
            PASSED: None if row["passed"] is None else float(row["passed"]),
            LAST_PASS: row["last_pass_seconds"],
            DURATION: row["seconds"],
            EVERY: self._every_seconds,
        }
        return [Sample(metric, value) for metric, value in told.items() if value is not None]
