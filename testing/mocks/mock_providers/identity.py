"""Marks every answer of a simulator, so that a client recognises it wherever it is deployed."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-mock-provider"


class MockIdentity:
    """ASGI middleware that adds `x-mock-provider: <name>` to every answer."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self._app = app
        self._mark = (HEADER.encode(), name.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), self._mark]
            await send(message)

        await self._app(scope, receive, marked)
