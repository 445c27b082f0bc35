"""Logs each request to the storage: what was done, for whom, how it ended; never a path, which holds names."""

from __future__ import annotations

import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.telemetry.log_context import CORRELATION_HEADER, bound_anew, read_correlation_id
from accessa.telemetry.logs import get_logger

_QUIET = frozenset({"health", "ready", "metrics"})
log = get_logger(__name__)


class RequestLog:
    """ASGI middleware; the lines inside a request carry the caller's correlation id, where it tells one."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status: int | None = None

        async def keep_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        name = read_correlation_id(Headers(scope=scope).get(CORRELATION_HEADER))
        with bound_anew({"correlation_id": str(name)} if name else {}):
            try:
                await self._app(scope, receive, keep_status)
            finally:
                _tell(scope, status, time.monotonic() - started)


def _tell(scope: Scope, status: int | None, seconds: float) -> None:
    operation = getattr(scope.get("endpoint"), "__name__", "unknown")
    if operation not in _QUIET:
        log.info(
            "Storage request served",
            method=scope["method"],
            operation=operation.lstrip("_"),
            status=status,
            duration_seconds=round(seconds, 4),
        )
