"""What a channel is."""

from __future__ import annotations

from typing import Protocol

from accessa.observe.alerts.messages import Message


class DeliveryError(Exception):
    """A notice did not arrive; its text says why, without address or secret."""


class Channel(Protocol):
    """One way on which notices go."""

    name: str

    async def send(self, message: Message) -> None:
        """Send one message; raises `DeliveryError` when it did not arrive, so that it is tried again."""

    async def close(self) -> None:
        """Let go of connections."""
