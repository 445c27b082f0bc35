"""Ends a connection without an answer, or in the middle of one, as a broken network does."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

_PLACE = "transport"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class CuttableConnection:
    """ASGI middleware that remembers the connection of each request; it stands outside of all that wrap `receive`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # ASGI has no word for this: the server's own `receive` knows the connection it reads from.
        cycle: Any = getattr(receive, "__self__", None)
        scope.setdefault("state", {})[_PLACE] = getattr(cycle, "transport", None)
        await self._app(scope, receive, send)


async def cut_connection(scope: Scope) -> None:
    """Reset the connection of a request at once; what is sent afterwards reaches nobody.

    Raises `ConnectionResetError` where there is no connection, as in a test without a server.
    """
    transport = scope["state"].get(_PLACE)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("The simulator closed the connection, as its fault says.")
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    # The server learns of it in the next turn of its loop.
    await asyncio.sleep(0)
