"""Memory that the texts of all jobs in the hands of a worker share."""

from __future__ import annotations

import asyncio
from collections import deque


class Room:
    """Memory that the texts of all jobs in hand share; who is refused waits for his turn.

    A text that is larger than all of it takes all of it, and is alone then.
    """

    def __init__(self, size_bytes: int) -> None:
        """Begin with all of it free."""
        self._size = size_bytes
        self._free = size_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def is_full(self) -> bool:
        """Tell whether somebody waits for his turn."""
        return bool(self._waiting)

    async def take(self, size_bytes: int) -> int:
        """Take so much, and return how much has to be given back."""
        wanted = min(size_bytes, self._size)
        if not self._waiting and wanted <= self._free:
            self._free -= wanted
            return wanted
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(wanted)
            raise
        return wanted

    def give_back(self, size_bytes: int) -> None:
        """Give it to those who wait, in their order."""
        self._free += size_bytes
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()
