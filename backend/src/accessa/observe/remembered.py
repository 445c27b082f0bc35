"""A value that is computed at most once per period, however many callers ask for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Keeps the answer of `compute` for `seconds`; callers that come meanwhile share one computation."""

    def __init__(
        self,
        compute: Callable[[], Awaitable[Value]],
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._compute = compute
        self._seconds = seconds
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: tuple[float, Value] | None = None

    async def get(self) -> Value:
        """Return the kept answer while it is fresh, else a new one."""
        async with self._lock:
            if self._kept is None or self._clock() - self._kept[0] >= self._seconds:
                self._kept = (self._clock(), await self._compute())
            return self._kept[1]
