"""Whoever watches a benchmark, and sees how far it has come."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Told of everything as it happens."""

    def tell(self, sentence: str) -> None:
        """Hear of one thing that happened."""

    def moved(self, words: str, done: int, total: int) -> None:
        """See how far the present run has come."""
