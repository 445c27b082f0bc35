"""The heartbeat of the page: one look a second while anybody watches, shared by all who do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from accessa.telemetry.logs import get_logger

WATCHED_SECONDS = 1.0
UNWATCHED_SECONDS = 10.0
MOST_VIEWERS = 200
_RETRY = b"retry: 1000\n\n"
_HEARTBEAT = b": still here\n\n"
_HEARTBEAT_SECONDS = 5.0

_log = get_logger(__name__)


class TooManyViewersError(Exception):
    """As many watch as may."""


class Pulse:
    """Calls `look` again and again, and hands what it returned to whoever waits.

    A viewer holds no queue: one that reads slowly gets the newest frame next and misses those between.
    """

    def __init__(self, look: Callable[[], Awaitable[bytes]]) -> None:
        self._look = look
        self._viewers = 0
        self._turn = asyncio.Event()
        self._watched = asyncio.Event()
        self._ended = asyncio.Event()
        self._frame = b""
        self._number = 0

    @property
    def viewers(self) -> int:
        """Return how many watch."""
        return self._viewers

    async def run(self) -> None:
        """Look until cancelled; a look that fails is logged, and the next one is made."""
        while True:
            started = time.monotonic()
            try:
                frame = await self._look()
            except Exception:  # noqa: BLE001 - whatever a look meets, the next one is made
                _log.exception("The page could not be brought up to date")
            else:
                self._publish(frame)
            period = WATCHED_SECONDS if self._viewers else UNWATCHED_SECONDS
            await self._rest(max(0.05, period - (time.monotonic() - started)))

    def end(self) -> None:
        """End all streams, so that the server can stop."""
        self._ended.set()
        self._publish(self._frame)

    def admit(self) -> None:
        """Count a viewer in; raises `TooManyViewersError` when there is no room. `frames` counts it out."""
        if self._viewers >= MOST_VIEWERS:
            raise TooManyViewersError
        self._viewers += 1
        self._watched.set()

    async def frames(self, greeting: bytes) -> AsyncIterator[bytes]:
        """Yield events for a viewer that was admitted, from the greeting on, until the pulse ends."""
        seen = self._number
        try:
            yield _RETRY + greeting
            while not self._ended.is_set():
                if seen == self._number:
                    if not await self._next():
                        yield _HEARTBEAT
                    continue
                seen = self._number
                yield self._frame
        finally:
            self._viewers -= 1

    async def _next(self) -> bool:
        """Wait for the next frame; False when it is long in coming."""
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await self._turn.wait()
        except TimeoutError:
            return False
        return True

    def _publish(self, frame: bytes) -> None:
        self._frame = frame
        self._number += 1
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()

    async def _rest(self, seconds: float) -> None:
        """Wait for the next look; the first viewer after a quiet time has it at once."""
        if self._viewers:
            await asyncio.sleep(seconds)
            return
        self._watched.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._watched.wait()
        except TimeoutError:
            return


def event(name: str, data: bytes) -> bytes:
    """Return one server-sent event; `data` is JSON on one line."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
