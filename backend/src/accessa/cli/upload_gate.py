"""How many uploads are under way at once: more while the API takes them, fewer while it asks for a moment."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

MOST_UPLOADS = 16
_FIRST_UPLOADS = 4


class UploadGate:
    """Lets uploads through, first come first served; use it with `async with`, in one event loop."""

    def __init__(self) -> None:
        self.limit = float(_FIRST_UPLOADS)
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> Self:
        """Wait until there is room."""
        while self._inside >= int(self.limit):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._call_in()
                raise
        self._inside += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Make room; what went well widens the gate a little."""
        self._inside -= 1
        if kind is None:
            self.limit = min(MOST_UPLOADS, self.limit + 1 / self.limit)
        self._call_in()

    def narrow(self) -> None:
        """Let half as many through from now on: the API cannot take more at present."""
        self.limit = max(1.0, self.limit / 2)

    def _call_in(self) -> None:
        room = int(self.limit) - self._inside
        while room > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1
