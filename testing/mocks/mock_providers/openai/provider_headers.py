"""ASGI middleware for the headers that every answer of the API carries, errors included."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS = ("/_control", "/health", "/ready", "/metrics", "/docs", "/openapi.json")
_VERSION = [(b"openai-version", b"2020-10-01"), (b"openai-organization", b"mock-organization")]


class ProviderHeaders:
    """Adds version, organisation and the milliseconds until the answer began."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(_OURS):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent = str(int((time.perf_counter() - started) * 1000)).encode()
                message["headers"] = [*message["headers"], *_VERSION, (b"openai-processing-ms", spent)]
            await send(message)

        await self._app(scope, receive, add_headers)
