"""Answers that never come, or not in full: they break the connection under the client."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TRANSPORT = "mock_providers.transport"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ConnectionAccess:
    """ASGI middleware, the outermost one, that lets an answer reach the connection it is sent over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # uvicorn hands out the connection in no other way than as a part of the object behind `receive`.
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        await self._app({**scope, _TRANSPORT: transport}, receive, send)


class LostAnswer(Response):
    """Resets the connection before any byte of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""
        del send
        await _reset(scope, receive)


class HangingAnswer(Response):
    """Keeps the connection open and silent until the client gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""
        del scope, send
        await _disconnected(receive)


class CutAnswer(Response):
    """Sends half of the first part of another answer and resets the connection."""

    def __init__(self, whole: Response) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in part."""
        cut = False

        async def send_half(message: Message) -> None:
            nonlocal cut
            if cut:
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            cut = True
            body = message.get("body", b"")
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            await _reset(scope, receive)

        await self._whole(scope, receive, send_half)


async def _reset(scope: Scope, receive: Receive) -> None:
    transport = scope.get(_TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("The simulator has broken the connection.")
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
