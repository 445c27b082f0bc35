"""What all jobs in the hands of one worker share."""

from __future__ import annotations

from dataclasses import dataclass, field

from accessa.pipeline.desk import Desk
from accessa.pipeline.embedding_requests import EmbeddingRequests
from accessa.pipeline.group_commit import GroupCommit
from accessa.pipeline.room import Room

_ROOM_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Workshop:
    """Transactions, embedding requests, and memory for texts, of one process."""

    commits: GroupCommit = field(default_factory=GroupCommit)
    requests: EmbeddingRequests = field(default_factory=EmbeddingRequests)
    room: Room = field(default_factory=lambda: Room(_ROOM_BYTES))

    def desk(self) -> Desk:
        """Return a place to work on one job."""
        return Desk(self.room, self.requests)
