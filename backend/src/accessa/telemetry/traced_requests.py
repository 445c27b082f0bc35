"""Requests that a service takes in, as spans of the trace that they belong to."""

from __future__ import annotations

from contextlib import AbstractContextManager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.telemetry import log_context, traces

_SERVER_ERROR = 500
_READS = {"GET", "HEAD", "OPTIONS"}


class TraceMiddleware:
    """Continues the trace that a request names; with `begins`, one that changes something and names none begins one.

    Reads begin none, as they are what everybody polls. Paths below `left_out` are somebody else's to place in a trace.
    """

    def __init__(self, app: ASGIApp, *, begins: bool = False, left_out: str | None = None) -> None:
        """Wrap `app`."""
        self._app = app
        self._begins = begins
        self._left_out = left_out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not traces.is_on() or scope["type"] != "http" or self._is_left_out(scope):
            await self._app(scope, receive, send)
            return
        with self._open(scope) as span:

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _note(span, scope, message["status"])
                await send(message)

            log_context.note(**traces.log_fields(traces.current_context()))
            if (name := log_context.present_correlation_id()) is not None:
                span.note(correlation_id=str(name))
            await self._app(scope, receive, send_noted)

    def _is_left_out(self, scope: Scope) -> bool:
        return self._left_out is not None and str(scope["path"]).startswith(self._left_out)

    def _open(self, scope: Scope) -> AbstractContextManager[traces.Span]:
        method = str(scope["method"])
        context = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        if context is None and self._begins and method not in _READS:
            return traces.root_span(method, kind="server", http_method=method)
        return traces.span_under(context, method, kind="server", http_method=method)


def _note(span: traces.Span, scope: Scope, status: int) -> None:
    """Name the span after its route, never after the address, which may hold a signature or a name."""
    route = getattr(scope.get("route"), "path", None) or getattr(scope.get("endpoint"), "__name__", None)
    if route is not None:
        span.rename(f"{scope['method']} {route}")
        span.note(http_route=route)
    span.note(http_status=status)
    if status >= _SERVER_ERROR:
        span.fail(str(status))
