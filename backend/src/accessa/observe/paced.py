"""A figure that is looked up as often as it is worth: the longer one look takes, the longer the pause after it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from accessa.store.database import Connection

Value = TypeVar("Value")
LONGEST_PAUSE_SECONDS = 120.0
_COSTS_KEPT = 4


class LookCost:
    """What a look costs: the quickest of the last ones tells, as the others were held up by somebody else."""

    def __init__(self) -> None:
        self._costs: deque[float] = deque(maxlen=_COSTS_KEPT)

    def pause_after(self, took: float, *, share: float, longest: float = LONGEST_PAUSE_SECONDS) -> float:
        """Note what a look took; return the pause that keeps all of them to `share` of the time, 0 while few are known.

        Times in seconds; no pause is longer than `longest`.
        """
        self._costs.append(took)
        is_known = len(self._costs) == _COSTS_KEPT
        return min(longest, min(self._costs) / share) if is_known else 0.0


class Paced(Generic[Value]):
    """Keeps what `read` gave for `every_seconds`, and longer where looking would take more than `share` of the time."""

    def __init__(
        self,
        read: Callable[[Connection], Awaitable[Value]],
        *,
        every_seconds: float,
        share: float = 0.01,
        longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._every_seconds = every_seconds
        self._share = share
        self._longest = longest_pause_seconds
        self._clock = clock
        self._kept: tuple[float, Value] | None = None
        self._cost = LookCost()

    async def get(self, connection: Connection) -> Value:
        """Return the kept value, or a new one when its time has come; raises what the driver raises."""
        started = self._clock()
        if self._kept is not None and started < self._kept[0]:
            return self._kept[1]
        value = await self._read(connection)
        pause = self._cost.pause_after(self._clock() - started, share=self._share, longest=self._longest)
        self._kept = (started + max(self._every_seconds, pause), value)
        return value
