"""A relay that holds one request, so that a test can act while somebody waits for its answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accessa.domain.addresses import trust_for

PATIENCE_SECONDS = 60


class Gate:
    """A relay in front of a service that holds the first request it is told to, before or after it has been served."""

    def __init__(self, target: str, method: str, path: str, *, after: bool = False) -> None:
        """Hold the first `method` request whose path contains `path`."""
        self._target, self._held_kind, self._after = target, (method, path), after
        self.reached, self.opened = threading.Event(), threading.Event()
        self.app = Starlette(routes=[Route("/{path:path}", self._relay, methods=["GET", "POST", "DELETE"])])

    async def _relay(self, request: Request) -> Response:
        body = await request.body()
        if not self._after:
            await self._hold(request)
        answer = await self._forward(request, body)
        if self._after:
            await self._hold(request)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    async def _hold(self, request: Request) -> None:
        method, path = self._held_kind
        if request.method == method and path in request.url.path and not self.reached.is_set():
            self.reached.set()
            await asyncio.to_thread(self.opened.wait, PATIENCE_SECONDS)

    async def _forward(self, request: Request, body: bytes) -> httpx.Response:
        wanted = ("authorization", "apikey", "content-type", "x-upsert")
        headers = {name: request.headers[name] for name in wanted if name in request.headers}
        async with httpx.AsyncClient(base_url=self._target, verify=trust_for(self._target)) as client:
            url = f"{request.url.path}?{request.url.query}"
            return await client.request(request.method, url, content=body, headers=headers)

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for the request to arrive, do the block, and let it go on."""
        try:
            assert await asyncio.to_thread(self.reached.wait, PATIENCE_SECONDS)
            yield
        finally:
            self.opened.set()
