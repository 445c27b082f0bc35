"""ASGI middleware that refuses a request body above a size, before it is read in full."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOO_LARGE = 413


class BodyLimit:
    """Raises HTTP 413 inside the route that reads a body which declares or reaches too many bytes."""

    def __init__(self, app: ASGIApp, limit: int, detail: str, limits: Mapping[str, int] | None = None) -> None:
        """Refuse above `limit` bytes; `limits` holds other limits by path."""
        self._app = app
        self._limit = limit
        self._limits = limits or {}
        self._detail = detail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._limit)
        seen = 0
        declared = _declared(scope)

        async def counting() -> Message:
            nonlocal seen
            if declared <= limit:
                message = await receive()
                seen += len(message.get("body", b""))
            if max(seen, declared) > limit:
                raise HTTPException(_TOO_LARGE, self._detail)
            return message

        await self._app(scope, counting, send)


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
