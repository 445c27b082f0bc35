"""Fixtures of the tests that talk to a served LlamaParse simulator; each module names this one as its plugin."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from backend.tests.integration.contracts.llamaparse_server import Call, Hook, ServedLlamaParse, served

PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/files/terms.pdf": (200, {}, b"fetched text"),
    "/empty.pdf": (200, {}, b""),
    "/large.pdf": (200, {}, b"x" * 200_000),
    "/moved": (302, {"Location": "/files/terms.pdf"}, b""),
    "/elsewhere": (302, {"Location": "ftp://127.0.0.1/files/terms.pdf"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
}
"""What can be fetched from the receiver, too."""


@pytest.fixture(scope="module")
def llamaparse_server() -> Iterator[ServedLlamaParse]:
    """Serve one simulator for all tests of a module: no delay, generated pages."""
    with served(max_file_bytes=100_000) as simulator:
        yield simulator


@pytest.fixture
def simulator(llamaparse_server: ServedLlamaParse) -> ServedLlamaParse:
    """Give the module's simulator as it was at its start."""
    llamaparse_server.http.post("/_control/reset").raise_for_status()
    return llamaparse_server


@pytest.fixture(scope="module")
def hook_server() -> Iterator[tuple[str, dict[str, Hook]]]:
    """Receive webhooks for all tests of a module, each at a path of its own."""
    hooks: dict[str, Hook] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            call = Call({name.lower(): value for name, value in self.headers.items()}, body)
            hooks[self.path].calls.put(call)
            self.send_response(204)
            self.end_headers()

        def do_GET(self) -> None:
            status, headers, body = PAGES.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it so
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", hooks
    server.shutdown()
    thread.join()
    server.server_close()


_numbers = itertools.count(1)


@pytest.fixture
def hook(hook_server: tuple[str, dict[str, Hook]]) -> Hook:
    """Give a webhook that nobody else calls."""
    base, hooks = hook_server
    path = f"/hook-{next(_numbers)}"
    hooks[path] = Hook(base + path)
    return hooks[path]


@pytest.fixture
def website(hook_server: tuple[str, dict[str, Hook]]) -> str:
    """Give the address of a site with the files of `PAGES`."""
    return hook_server[0]
