"""How late the turns of event loops come: whatever holds a loop up shows here, in every process."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import TracebackType
from typing import Self

TICK_SECONDS = 0.5
_REMEMBERED_SECONDS = 15.0

_running: set[LoopLag] = set()


class LoopLag:
    """Measures one loop: whoever runs on it ticks every `tick_seconds`, and what comes later than that is the lag."""

    def __init__(self, tick_seconds: float = TICK_SECONDS) -> None:
        """Measure nothing before the block is entered."""
        self._tick_seconds = tick_seconds
        self._ticked = time.monotonic()
        self._lags: deque[tuple[float, float]] = deque(maxlen=int(_REMEMBERED_SECONDS / tick_seconds) + 1)

    def __enter__(self) -> Self:
        """Count among the loops of the process."""
        self._ticked = time.monotonic()
        _running.add(self)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trail: TracebackType | None
    ) -> None:
        """Count no more."""
        _running.discard(self)

    def tick(self) -> None:
        """Take in that the loop turns."""
        now = time.monotonic()
        self._lags.append((now, max(0.0, now - self._ticked - self._tick_seconds)))
        self._ticked = now

    def worst(self) -> float:
        """Return the worst lag of the last 15 seconds, the one that lasts still included; safe in any thread."""
        now = time.monotonic()
        recent = [lag for at, lag in tuple(self._lags) if now - at <= _REMEMBERED_SECONDS]
        return max(0.0, now - self._ticked - self._tick_seconds, *recent)

    async def run(self) -> None:
        """Tick until cancelled."""
        with self:
            while True:
                await asyncio.sleep(self._tick_seconds)
                self.tick()


def worst_lag() -> float:
    """Return the worst lag in seconds of all loops of this process within the last 15 seconds; 0 without a loop."""
    return max((lag.worst() for lag in tuple(_running)), default=0.0)
