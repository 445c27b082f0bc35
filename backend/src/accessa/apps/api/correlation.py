"""Gives every request a correlation id, which its answer, its errors, its log lines and its calls carry."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.apps.api.error_answers import error_response
from accessa.domain.errors import UsageError
from accessa.telemetry.log_context import CORRELATION_HEADER, bound_anew, read_correlation_id
from accessa.telemetry.logs import get_logger

HEADER = CORRELATION_HEADER.lower().encode()
log = get_logger(__name__)


class CorrelationMiddleware:
    """Names each request and logs its end: method, route (never the address itself), status and duration.

    A caller's own id is taken over when it is a UUID, and goes on to the job that the request makes.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name, started = _named(scope), time.monotonic()
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (HEADER, str(name).encode())]
            await send(message)

        with bound_anew({"correlation_id": str(name)}):
            try:
                await self._app(scope, receive, send_named)
            except Exception:
                log.exception("The request met something unexpected")
                if status is None:
                    await error_response(UsageError("INTERNAL"))(scope, receive, send_named)
            finally:
                self._log(scope, status, time.monotonic() - started)

    @staticmethod
    def _log(scope: Scope, status: int | None, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        if route not in {"/health", "/ready", "/metrics"}:
            log.info(
                "Request served", method=scope["method"], route=route, status=status, duration_seconds=round(seconds, 4)
            )


def _named(scope: Scope) -> UUID:
    return read_correlation_id(Headers(scope=scope).get(CORRELATION_HEADER)) or uuid4()
