"""The doorbell: a coalesced NOTIFY that wakes workers early; polling stays the guarantee."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from accessa.store.driver_errors import DRIVER_ERRORS, translate
from accessa.telemetry.logs import get_logger

CHANNEL = "accessa_doorbell"
_COALESCE_SECONDS = 0.05
_PING_SECONDS = 10.0
_PATIENCE_SECONDS = 5.0

log = get_logger(__name__)


class Doorbell:
    """Rings at most once in 50 ms, on a connection of its own, never inside somebody's transaction."""

    def __init__(self, url: str) -> None:
        """Keep the address; the connection is made with the first ring."""
        self._url = url
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Ask for a ring; returns at once, and a ring that cannot be made is no error."""
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
        self._asked.set()

    async def close(self) -> None:
        """Stop ringing."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _serve(self) -> None:
        connection: asyncpg.Connection | None = None
        try:
            while True:
                await self._asked.wait()
                self._asked.clear()
                connection = await self._ring_once(connection)
                await asyncio.sleep(_COALESCE_SECONDS)
        finally:
            if connection is not None:
                connection.terminate()

    async def _ring_once(self, connection: asyncpg.Connection | None) -> asyncpg.Connection | None:
        try:
            if connection is None or connection.is_closed():
                connection = await _connect(self._url)
            await connection.execute(f"NOTIFY {CHANNEL}", timeout=_PATIENCE_SECONDS)
        except Exception as error:  # noqa: BLE001 - a bell that does not ring costs a poll, never more
            log.info("The doorbell could not be rung", code=getattr(translate(error), "code", type(error).__name__))
            if connection is not None:
                connection.terminate()
            return None
        except asyncio.CancelledError:
            # Whoever waits for this ring may not know the connection yet.
            if connection is not None:
                connection.terminate()
            raise
        return connection


class DoorbellListener:
    """Listens on a connection of its own; checks itself by ringing, and says once when it has to give up."""

    def __init__(self, url: str, on_ring: Callable[[], None]) -> None:
        """Call `on_ring` for every ring; it must not block."""
        self._url = url
        self._on_ring = on_ring
        self._heard = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled; whatever happens here, polling goes on elsewhere."""
        audible: bool | None = None
        while True:
            reached = await self._listen()
            if audible is not reached:
                log.info("The doorbell is silent: work is found by polling alone", connected=reached)
                audible = reached
            await asyncio.sleep(_PING_SECONDS)

    async def _listen(self) -> bool:
        try:
            connection = await _connect(self._url)
        except DRIVER_ERRORS:
            return False
        try:
            await connection.add_listener(CHANNEL, self._hear)
            while await self._answers(connection):
                self._on_ring()  # rings may have been missed before the first check and between two
                await asyncio.sleep(_PING_SECONDS)
        finally:
            connection.terminate()
        return True

    async def _answers(self, connection: asyncpg.Connection) -> bool:
        """Ring the own bell and hear it: a pooler may accept LISTEN and never deliver."""
        self._heard.clear()
        try:
            await connection.execute(f"NOTIFY {CHANNEL}, 'self-check'", timeout=_PATIENCE_SECONDS)
            await asyncio.wait_for(self._heard.wait(), timeout=_PATIENCE_SECONDS)
        except DRIVER_ERRORS:
            return False
        return True

    def _hear(self, *_arguments: object) -> None:
        self._heard.set()
        self._on_ring()


async def _connect(url: str) -> asyncpg.Connection:
    """Connect; when cancelled half way, still close what was opened, which the driver would leave open."""
    attempt = asyncio.ensure_future(asyncpg.connect(url, statement_cache_size=0, timeout=_PATIENCE_SECONDS))
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        with suppress(Exception):
            (await attempt).terminate()
        raise
