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


class Paced(Generic[Value]):
    """Keeps what `read` gave for `every_seconds`, and longer where looking would take more than `share` of the time."""

    def __init__(
        self,
        read: Callable[[Connection], Awaitable[Value]],
        *,
        every_seconds: float,
        share: float = 0.01,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._every_seconds = every_seconds
        self._share = share
        self._clock = clock
        self._kept: tuple[float, Value] | None = None
        # The quickest of the last looks tells what one costs: the others were held up by somebody else.
        self._costs: deque[float] = deque(maxlen=_COSTS_KEPT)

    async def get(self, connection: Connection) -> Value:
        """Return the kept value, or a new one when its time has come; raises what the driver raises."""
        started = self._clock()
        if self._kept is not None and started < self._kept[0]:
            return self._kept[1]
        value = await self._read(connection)
        self._costs.append(self._clock() - started)
        is_known = len(self._costs) == _COSTS_KEPT
        pause = min(LONGEST_PAUSE_SECONDS, min(self._costs) / self._share) if is_known else 0.0
        self._kept = (started + max(self._every_seconds, pause), value)
        return value
