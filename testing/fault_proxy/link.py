"""One connection through the proxy: two streams, each passed on as the toxics of its direction say."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from fault_proxy.cuts import Cut, Moment
from fault_proxy.toxics import Toxics

_PIECE = 65_536
_RESET = struct.pack("ii", 1, 0)


class Faults(Protocol):
    """What the links of a proxy look up each time they pass something on."""

    upstream: Toxics
    downstream: Toxics
    cut: Cut | None

    async def changed(self) -> None:
        """Wait until other faults are played."""


class Link:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(
        self,
        faults: Faults,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Take both ends."""
        self._faults = faults
        self._client, self._server = client, server
        self._ends_with_answer = False

    async def carry(self) -> None:
        """Pass everything on until both sides have ended or the connection is broken."""
        (from_client, to_client), (from_server, to_server) = self._client, self._server
        tasks = [
            asyncio.create_task(self._copy(from_client, to_server, lambda: self._faults.upstream, self._sent)),
            asyncio.create_task(self._copy(from_server, to_client, lambda: self._faults.downstream, self._answered)),
        ]
        try:
            await asyncio.gather(*tasks)
        except OSError:
            self.reset()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.close()

    def reset(self) -> None:
        """Break both connections with RST."""
        for _, writer in (self._client, self._server):
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def close(self) -> None:
        """End both connections in good order."""
        for _, writer in (self._client, self._server):
            writer.close()

    async def _copy(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        toxics: Callable[[], Toxics],
        look: Callable[[bytes], bool],
    ) -> None:
        passed = 0
        while data := await reader.read(_PIECE):
            if look(data):
                raise ConnectionResetError
            await self._hold_back(toxics)
            for piece in toxics().slices(data):
                await _wait(toxics().delay_of(piece))
                limit = toxics().limit_data
                writer.write(piece if limit is None else piece[: max(0, limit - passed)])
                await writer.drain()
                passed += len(piece)
                if limit is not None and passed >= limit:
                    self.close()
                    return
                await _wait(toxics().slicer_delay)
        await _wait(toxics().slow_close)
        if writer.can_write_eof():
            writer.write_eof()

    async def _hold_back(self, toxics: Callable[[], Toxics]) -> None:
        while (seconds := toxics().timeout) is not None:
            change: Awaitable[None] = self._faults.changed()
            try:
                await asyncio.wait_for(change, seconds or None)
            except TimeoutError:
                self.close()
                raise ConnectionResetError from None

    def _sent(self, data: bytes) -> bool:
        """Tell whether the connection breaks here, before the client's words are passed on."""
        cut = self._faults.cut
        if cut is None or not cut.takes(data):
            return False
        if cut.moment is Moment.BEFORE:
            cut.happened.set()
            return True
        self._ends_with_answer = True
        return False

    def _answered(self, _data: bytes) -> bool:
        if self._ends_with_answer and self._faults.cut is not None:
            self._faults.cut.happened.set()
        return self._ends_with_answer


async def _wait(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)
