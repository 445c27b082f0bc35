"""Delivery: every channel has its own queue and its own patience, so that one that hangs holds up no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import product

from accessa.observe.alerts.channels import Channel, DeliveryError
from accessa.observe.alerts.messages import Message
from accessa.telemetry.logs import get_logger
from accessa.telemetry.metrics import ALERT_DELIVERIES

PAUSES_SECONDS = (1.0, 4.0, 15.0, 60.0)
_QUEUED = 100

_log = get_logger(__name__)


class Delivery:
    """Sends messages on all channels in the background."""

    def __init__(self, channels: Sequence[Channel], *, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        self._channels = channels
        self._pauses = pauses
        self._queues: dict[str, asyncio.Queue[Message]] = {one.name: asyncio.Queue(_QUEUED) for one in channels}
        self._tasks: list[asyncio.Task[None]] = []
        # Told as 0 before they happen first, so that the first notice that is given up is seen as a rise.
        for name, outcome in product(self._queues, ("delivered", "given_up")):
            ALERT_DELIVERIES.labels(name, outcome)

    def start(self) -> None:
        """Begin to send."""
        self._tasks = [asyncio.create_task(self._serve(channel)) for channel in self._channels]

    async def stop(self) -> None:
        """Send no more; what waits is dropped, as the next start tells what still fires."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for channel in self._channels:
            await channel.close()

    def send(self, message: Message) -> None:
        """Queue a message on every channel; never waits. A channel that is too far behind gives it up."""
        for name, queue in self._queues.items():
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:
                _give_up(name, message, "too many wait")

    async def try_all(self, message: Message) -> dict[str, str]:
        """Send a message once on every channel, and return for each `delivered` or why not."""
        outcomes = await asyncio.gather(*(self._try(channel, message) for channel in self._channels))
        return {channel.name: outcome for channel, outcome in zip(self._channels, outcomes, strict=True)}

    @staticmethod
    async def _try(channel: Channel, message: Message) -> str:
        try:
            await channel.send(message)
        except DeliveryError as error:
            return str(error)
        return "delivered"

    async def _serve(self, channel: Channel) -> None:
        while True:
            message = await self._queues[channel.name].get()
            try:
                await self._deliver(channel, message)
            except Exception as error:  # noqa: BLE001 - a channel's library may raise anything, and the next notice has to go
                _give_up(channel.name, message, type(error).__name__)

    async def _deliver(self, channel: Channel, message: Message) -> None:
        reason = ""
        for pause in (0.0, *self._pauses):
            await asyncio.sleep(pause)
            try:
                await channel.send(message)
            except DeliveryError as error:
                reason = str(error)
            else:
                ALERT_DELIVERIES.labels(channel.name, "delivered").inc()
                return
        _give_up(channel.name, message, reason)


def _give_up(channel: str, message: Message, reason: str) -> None:
    ALERT_DELIVERIES.labels(channel, "given_up").inc()
    _log.error("Alert not delivered", code="ALERT_UNDELIVERED", channel=channel, alert=message.alert, reason=reason)
