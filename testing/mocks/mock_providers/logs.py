"""One JSON line per log event on stdout, with no text of a document, no name and no secret."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_QUIET = frozenset({"/health"})
_SERVER_ERROR = 500


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; of an exception only its type and where it was raised."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; keys given by `extra={"fields": …}` are added."""
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line |= _where(record.exc_info[1])
        return json.dumps(line)


class RequestLog:
    """ASGI middleware that gives each answer an id and logs it: method, path, status, milliseconds."""

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

    def _write(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        fields = {
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "request_id": request_id,
        }
        self._log.log(logging.ERROR if status >= _SERVER_ERROR else logging.INFO, "request", extra={"fields": fields})


def log_to_stdout(service: str) -> None:
    """Send all logs of this process to stdout as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _where(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return {"error": type(error).__name__, "raised_in": [f"{frame.name}:{frame.lineno}" for frame in frames]}
