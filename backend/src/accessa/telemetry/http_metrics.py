"""Counts and times the requests that a service answers, by the template of their address."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.telemetry.metrics import HTTP_REQUESTS, HTTP_SECONDS

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HUNG_UP = 499
_UNKNOWN = "unknown"


def template_of(scope: Scope) -> str:
    """Return the template of the route that a framework has found for a request, as it leaves it in the scope."""
    return str(getattr(scope.get("route"), "path", _UNKNOWN))


def _nothing_more(_method: str, _route: str, _status: int) -> None:
    return


class RequestMetrics:
    """ASGI middleware; `route_of` tells the template of a served request's address.

    `then` is told method, template and status of each as well.
    """

    def __init__(
        self,
        app: ASGIApp,
        route_of: Callable[[Scope], str] = template_of,
        then: Callable[[str, str, int], None] = _nothing_more,
    ) -> None:
        """Wrap `app`."""
        self._app = app
        self._route_of = route_of
        self._then = then

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), _HUNG_UP

        async def keep_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, keep_status)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = self._route_of(scope)
            HTTP_REQUESTS.labels(method, route, str(status)).inc()
            HTTP_SECONDS.labels(method, route).observe(time.perf_counter() - started)
            self._then(method, route, status)
