"""One JSON line per log event on stdout, with no text of a document, no name and no secret."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import UUID, uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_providers.event_catalogue import FIELDS

CORRELATION_HEADER = "x-correlation-id"
_CALL_HEADER = "x-client-request-id"
_LONGEST_CALL_ID = 64
_QUIET = frozenset({"/health", "/ready", "/metrics"})
_SERVER_ERROR = 500

_caller: ContextVar[dict[str, str]] = ContextVar("caller")


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; of an exception only its type and where it was raised."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; keys given by `extra={"fields": …}` are added where the catalogue knows them."""
        fields = {**_caller.get({}), **getattr(record, "fields", {})}
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            **{name: value for name, value in fields.items() if name in FIELDS},
        }
        if record.exc_info and record.exc_info[1]:
            line |= _where(record.exc_info[1])
        return json.dumps(line)


class RequestLog:
    """ASGI middleware that gives each answer an id and logs it: method, route, status, seconds, and for whom it was.

    The caller's ids are told too on the lines of the work that the request begins.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._log = logging.getLogger(f"mock_providers.{service}.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = f"req_{uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id
        status = _SERVER_ERROR
        token = _caller.set(_caller_of(Headers(scope=scope)))

        async def keep_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, keep_status)
        finally:
            self._write(scope, request_id, status, time.perf_counter() - started)
            _caller.reset(token)

    def _write(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        fields = {
            "method": scope["method"],
            "route": getattr(scope.get("route"), "path", "unknown"),
            "status": status,
            "duration_seconds": round(seconds, 4),
            "request_id": request_id,
        }
        level = logging.ERROR if status >= _SERVER_ERROR else logging.INFO
        self._log.log(level, "Request served", extra={"fields": fields})


def present_correlation_id() -> str | None:
    """Return the id under which the caller of the present request knows its work, if it told one."""
    return _caller.get({}).get("correlation_id")


def work_for(correlation_id: str | None) -> None:
    """Tell this id on the lines of the present task: that of work which outlived the request it came by."""
    _caller.set({"correlation_id": correlation_id} if correlation_id else {})


def log_to_stdout(service: str) -> None:
    """Send all logs of this process to stdout as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _caller_of(headers: Headers) -> dict[str, str]:
    """Return the ids that a caller tells of itself; only a UUID and a short word are taken into the log."""
    told: dict[str, str] = {}
    with suppress(ValueError):
        told["correlation_id"] = str(UUID(headers.get(CORRELATION_HEADER, "")))
    call_id = headers.get(_CALL_HEADER, "")
    if call_id.isalnum() and call_id.isascii() and len(call_id) <= _LONGEST_CALL_ID:
        told["call_id"] = call_id
    return told


def _where(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return {
        "error_type": type(error).__name__,
        "error_trail": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
