"""The proxy: listens on a port of its own, passes on to a server, and plays faults that a test switches at any time."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from fault_proxy.cuts import Cut
from fault_proxy.link import Link
from fault_proxy.toxics import HEALTHY, Toxics


class FaultProxy:
    """A road to a server at which faults are played; `async with` opens and closes it.

    `upstream` is what the client sends, `downstream` what the server answers.
    """

    def __init__(self, host: str, port: int) -> None:
        """Lead to a server; the own port is chosen when the proxy opens."""
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._links: dict[asyncio.Task[None], Link | None] = {}
        self._change = asyncio.Event()
        self.host = "127.0.0.1"
        self.port = 0
        self.upstream = self.downstream = HEALTHY
        self.cut: Cut | None = None
        self.accepted = 0

    @classmethod
    def before(cls, url: str) -> FaultProxy:
        """Lead to the server of an address."""
        parts = urlsplit(url)
        return cls(str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80))

    def address(self, url: str) -> str:
        """Return the address that leads through this proxy to the same place."""
        parts = urlsplit(url)
        login, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{login}{at}{self.host}:{self.port}"))

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen (again), on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse new connections and break all others: `down` of toxiproxy."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.break_all()
        await asyncio.gather(*self._links, return_exceptions=True)

    def play(self, *, upstream: Toxics = HEALTHY, downstream: Toxics = HEALTHY, cut: Cut | None = None) -> None:
        """Play these faults from now on, in place of all others, on connections old and new."""
        self.upstream, self.downstream, self.cut = upstream, downstream, cut
        change, self._change = self._change, asyncio.Event()
        change.set()
        for task in self._links:
            self._schedule_reset(task)

    def heal(self) -> None:
        """Play no fault any more."""
        self.play()

    def break_all(self) -> None:
        """Reset every connection at once."""
        for task, link in self._links.items():
            if link is not None:
                link.reset()
            task.cancel()

    async def changed(self) -> None:
        """Wait until other faults are played."""
        await self._change.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this callback as a task
        self._links[task] = None
        self.accepted += 1
        self._schedule_reset(task)
        try:
            link = Link(self, (reader, writer), await asyncio.open_connection(*self._target))
            self._links[task] = link
            await link.carry()
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            del self._links[task]

    def _schedule_reset(self, task: asyncio.Task[None]) -> None:
        seconds = [toxics.reset_peer for toxics in (self.upstream, self.downstream) if toxics.reset_peer is not None]
        if seconds:
            asyncio.get_running_loop().call_later(min(seconds), self._reset, task)

    def _reset(self, task: asyncio.Task[None]) -> None:
        if (link := self._links.get(task)) is not None:
            link.reset()
