"""A small HTTP server in a thread of its own: it answers also while the event loop of the process is held up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

import orjson

from accessa.domain.errors import UsageError
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_MOST_CALLERS = 16
_PATIENCE_SECONDS = 5.0
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: status, body, and its media type."""

    status: int
    body: bytes
    media_type: str = _JSON


def json_answer(status: int, body: Mapping[str, object]) -> Answer:
    """Return an answer that holds `body` as JSON."""
    return Answer(status, orjson.dumps(body))


class HttpDoor:
    """Answers GET and HEAD at a few addresses; whoever is slow to ask is hung up on, and so are too many at once."""

    def __init__(self, host: str, port: int, answers: Mapping[str, Callable[[], Answer]]) -> None:
        """Listen at once; port 0 takes any free one. Raises `UsageError` NO_FREE_PORT when the port cannot be had."""
        try:
            self._server = _Server(host, port, answers)
        except OSError as error:
            raise UsageError(
                "NO_FREE_PORT", f"The worker cannot listen on port {port}: {error.strerror}; set WORKER_HTTP_PORT."
            ) from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="http-door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingMixIn, TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, answers: Mapping[str, Callable[[], Answer]]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answers = answers
        self._places = threading.BoundedSemaphore(_MOST_CALLERS)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller who hangs up is nobody's concern, and standard error is no log."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        self._send(self._answer())

    def do_HEAD(self) -> None:
        self._send(self._answer(), with_body=False)

    def version_string(self) -> str:
        return "accessa"

    def log_message(self, *_: object) -> None:
        """Log nothing: this is asked every few seconds."""

    def _answer(self) -> Answer:
        asked = self.server.answers.get(self.path.partition("?")[0])
        if asked is None:
            return json_answer(404, {"detail": f"There is only {', '.join(self.server.answers)} here."})
        try:
            return asked()
        except Exception as error:
            log.warning("The worker could not tell how it is", exc_info=error)
            return json_answer(500, {"detail": "The worker could not tell; see its log."})

    def _send(self, answer: Answer, *, with_body: bool = True) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)
