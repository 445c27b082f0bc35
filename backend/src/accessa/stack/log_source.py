"""What the reader of logs needs of a place that keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from accessa.stack.log_wish import LogWish

Event = dict[str, object]


class Log(Protocol):
    """The log of one service."""

    def history(self, wish: LogWish | None = None, last: int | None = None) -> Iterator[Event]:
        """Yield what is there now, oldest first, maybe with more than is wanted."""

    def fresh(self) -> Iterator[Event]:
        """Yield what was written since the last call."""

    def close(self) -> None:
        """Let go of it."""


class Logs(Protocol):
    """The logs of a stack."""

    def names(self) -> list[str]:
        """Return the names of the services that have said anything."""

    def open(self, name: str) -> Log:
        """Return the log of one of them."""
