"""What a worker tells of itself with each sign of life."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from accessa.apps.worker.loop_watch import LoopWatch
from accessa.store.database import Database
from accessa.telemetry.exposition import resident_bytes
from accessa.telemetry.metrics import JOBS_IN_HAND, JOBS_IN_HAND_LIMIT


class Vitals:
    """Reads memory, processor time, the event loop's lag and the pool; `clock_ahead_seconds` is learnt from the beat.

    The clock's lead is that of the beat before, as only the database's answer tells it; None before the first.
    """

    def __init__(self, database: Database, watch: LoopWatch, jobs_in_hand: Callable[[], int], limit: int) -> None:
        """Take what is looked at, and the most jobs that the worker takes at the same time."""
        self._database = database
        self._watch = watch
        self._jobs_in_hand = jobs_in_hand
        self._in_hand_limit = limit
        self.clock_ahead_seconds: float | None = None

    def read(self) -> Mapping[str, float | int | None]:
        """Return them by name: bytes, seconds and counts."""
        pool = self._database.pool_use
        return {
            "resident_bytes": resident_bytes(),
            "cpu_seconds": round(time.process_time(), 3),
            "loop_lag_seconds": round(self._watch.lag_seconds, 3),
            "pool_used": pool.used,
            "pool_limit": pool.limit,
            "clock_ahead_seconds": self.clock_ahead_seconds,
            "in_hand_limit": self._in_hand_limit,
        }

    def show(self) -> None:
        """Bring the gauges of the process up to date."""
        self._database.pool_use.show()
        JOBS_IN_HAND.set(self._jobs_in_hand())
        JOBS_IN_HAND_LIMIT.set(self._in_hand_limit)
