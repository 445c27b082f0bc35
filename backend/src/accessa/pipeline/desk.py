"""What a worker has at hand of the job it works on, so that no stage fetches again what the one before it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from accessa.pipeline.embedding_requests import EmbeddingRequests
from accessa.pipeline.room import Room
from accessa.pipeline.text_layout import LaidOutText
from accessa.store.chunks import ChunkRow
from accessa.store.vectors import Batch

# What a text takes in memory while it is decoded, laid out and cut, in times of its file.
_TIMES_ITS_SIZE = 6


@dataclass(slots=True)
class Desk:
    """The pages, text, chunks and planned batches of one job while it is in hand, and the room that they take.

    `requests` is where its worker buys vectors.
    """

    room: Room
    requests: EmbeddingRequests
    pages: Sequence[str] | None = None
    text: LaidOutText | None = None
    rows: Sequence[ChunkRow] | None = None
    planned: Sequence[Batch] | None = None
    taken: int = field(default=0)

    async def take_room(self, text_bytes: int) -> None:
        """Wait until there is room for work on a text of this size, if none was taken yet."""
        if not self.taken:
            self.taken = await self.room.take(text_bytes * _TIMES_ITS_SIZE)

    def clear(self) -> None:
        """Put everything away."""
        self.pages = self.text = self.rows = self.planned = None
        taken, self.taken = self.taken, 0
        if taken:
            self.room.give_back(taken)
