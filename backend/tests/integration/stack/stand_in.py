"""A small program that stands in for a service of the stack: `stand_in.py KIND [PORT] [FILE]`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncpg

TABLE = """
create schema if not exists upload_pipeline;
create table if not exists upload_pipeline.workers (
    worker_id text primary key, pid int, heartbeat_at timestamptz, state text
);
"""
BEAT = """
insert into upload_pipeline.workers values ($1, $2, now(), 'running')
on conflict (worker_id) do update set pid = $2, heartbeat_at = now()
"""


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


def migrate() -> None:
    """Create the table of heartbeats."""
    asyncio.run(_migrate())


async def _migrate() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute(TABLE)
    await connection.close()


def worker() -> None:
    """Beat into the database of DATABASE_URL, and reconnect when it comes back."""
    asyncio.run(_beat_for_ever())


async def _beat_for_ever() -> None:
    while True:
        try:
            connection = await asyncpg.connect(os.environ["DATABASE_URL"])
            while True:
                await connection.execute(BEAT, os.environ["ACCESSA_SERVICE"], os.getpid())
                await asyncio.sleep(0.2)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    kinds: dict[str, Callable[..., None]] = {
        "http": http,
        "broken": broken,
        "mute": mute,
        "wait-for": wait_for,
        "migrate": migrate,
        "worker": worker,
    }
    kinds[sys.argv[1]](*sys.argv[2:])
