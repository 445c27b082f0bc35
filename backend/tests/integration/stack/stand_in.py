"""A small program that stands in for a service of the stack: `stand_in.py KIND [PORT] [FILE]`."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def say(event: str) -> None:
    """Log one event the way the services do."""
    sys.stdout.write(json.dumps({"event": event, "level": "info", "job_id": "job-1"}) + "\n")
    sys.stdout.flush()


def http(port: str, sick_file: str = "") -> None:
    """Answer /health with 200, or with 503 while `sick_file` exists."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if sick_file and Path(sick_file).exists() else 200)
            self.end_headers()

        def log_message(self, *_parts: object) -> None:
            """Say nothing about requests."""

    say("listening")
    ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


def broken() -> None:
    """End at once with words on standard error."""
    raise RuntimeError("the flux is missing")


def mute() -> None:
    """Live on without ever answering."""
    say("thinking")
    threading.Event().wait()


def wait_for(file: str) -> None:
    """End when `file` is there."""
    while not Path(file).exists():
        time.sleep(0.02)


if __name__ == "__main__":
    kinds: dict[str, Callable[..., None]] = {
        "http": http,
        "broken": broken,
        "mute": mute,
        "wait-for": wait_for,
    }
    kinds[sys.argv[1]](*sys.argv[2:])
