"""Gives every request a correlation id, which its answer, its errors and its log lines carry."""

from __future__ import annotations

import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.apps.api.error_answers import correlation_id, error_response
from accessa.domain.errors import UsageError
from accessa.telemetry.logs import get_logger

HEADER = b"x-correlation-id"
log = get_logger(__name__)


class CorrelationMiddleware:
    """Names each request and logs its end: method, route (never the address itself), status and duration."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name, started = str(uuid4()), time.monotonic()
        status: int | None = None
        token = correlation_id.set(name)

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (HEADER, name.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=name):
            try:
                await self._app(scope, receive, send_named)
            except Exception:
                log.exception("The request met something unexpected")
                if status is None:
                    await error_response(UsageError("INTERNAL"))(scope, receive, send_named)
            finally:
                self._log(scope, status, time.monotonic() - started)
                correlation_id.reset(token)

    @staticmethod
    def _log(scope: Scope, status: int | None, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        if route not in {"/health", "/ready"}:
            log.info(
                "Request served", method=scope["method"], route=route, status=status, duration_seconds=round(seconds, 4)
            )
