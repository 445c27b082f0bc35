"""What a worker has at hand of the job it works on, so that no stage fetches again what the one before it made."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from accessa.pipeline.text_layout import LaidOutText
from accessa.store.chunks import ChunkRow
from accessa.store.vectors import Batch


class Room:
    """Memory that the texts of all jobs in hand share; who is refused waits for his turn.

    A text that is larger than all of it takes all of it, and is alone then.
    """

    def __init__(self, size_bytes: int) -> None:
        """Begin with all of it free."""
        self._size = size_bytes
        self._free = size_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

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


@dataclass(slots=True)
class Desk:
    """The pages, text, chunks and planned batches of one job while it is in hand, and the room that they take."""

    room: Room
    pages: Sequence[str] | None = None
    text: LaidOutText | None = None
    rows: Sequence[ChunkRow] | None = None
    planned: Sequence[Batch] | None = None
    taken: int = field(default=0)

    async def take_room(self, size_bytes: int) -> None:
        """Wait until there is room for a text of this size, if none was taken yet."""
        if not self.taken:
            self.taken = await self.room.take(size_bytes)

    def clear(self) -> None:
        """Put everything away."""
        self.pages = self.text = self.rows = self.planned = None
        taken, self.taken = self.taken, 0
        if taken:
            self.room.give_back(taken)
