"""Refuses a request body that is larger than its route allows, before it is buffered."""

from __future__ import annotations

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.apps.api.error_answers import error_response
from accessa.domain.errors import AccessaError, UsageError, file_too_large
from accessa.telemetry.metrics import WEBHOOKS

_ENVELOPE_BYTES = 1_000_000
_WEBHOOK_BYTES = 256_000
_OTHER_BYTES = 256_000


class _TooLargeError(Exception):
    pass


class BodyLimitMiddleware:
    """Counts the bytes that are really received, whatever the request's headers say."""

    def __init__(self, app: ASGIApp, max_file_bytes: int) -> None:
        """Wrap `app`; uploads may be as large as a file and its envelope, everything else is small."""
        self._app = app
        self._max_file_bytes = max_file_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit, refusal = self._limit_of(scope["path"])
        if _declared_length(scope) > limit or not await _serve(self._app, scope, receive, send, limit):
            if refusal.code == "WEBHOOK_TOO_LARGE":
                WEBHOOKS.labels("rejected", "too_large").inc()
            await error_response(refusal)(scope, receive, send)

    def _limit_of(self, path: str) -> tuple[int, AccessaError]:
        if path == "/documents":
            return self._max_file_bytes + _ENVELOPE_BYTES, file_too_large(self._max_file_bytes)
        if path.startswith("/webhooks/"):
            return _WEBHOOK_BYTES, UsageError("WEBHOOK_TOO_LARGE")
        return _OTHER_BYTES, UsageError("REQUEST_TOO_LARGE")


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: int) -> bool:
    """Run `app`; False when the body went over the limit and nothing has been answered yet."""
    received, over, started = 0, False, False

    async def receive_counted() -> Message:
        nonlocal received, over
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            over = True
            raise _TooLargeError
        return message

    async def send_unless_over(message: Message) -> None:
        # The framework turns the error above into an answer of its own, which says less than ours.
        nonlocal started
        if not over:
            started = True
            await send(message)

    with suppress(_TooLargeError):
        await app(scope, receive_counted, send_unless_over)
    return not over or started
