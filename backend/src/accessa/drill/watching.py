"""Whoever watches a drill, and sees what happens in it."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Told of everything as it happens."""

    def tell(self, sentence: str) -> None:
        """Hear of one thing that happened."""

    def moved(self, *, complete: int, documents: int, kills: int, planned_kills: int) -> None:
        """See how far the documents and the kills have come."""
