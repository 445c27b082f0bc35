"""Simulators as servers on a port, in a thread of the test's own process."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

Serve = Callable[[ASGIApp], int]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serve apps until the module ends; each call gives the port of one."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(_serving(app))


@pytest.fixture(scope="module")
def memory_folder() -> Iterator[Path]:
    """Give an empty folder, in memory where that can be: a thousand small transactions would wait for the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder below it gets a random name
    with tempfile.TemporaryDirectory(prefix="contracts-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@contextmanager
def _serving(app: ASGIApp) -> Iterator[int]:
    config = uvicorn.Config(app, log_config=None, access_log=False, loop="asyncio", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    # Only a socket that says it is one of TCP gets rid of the pause between the packets of an answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield int(listening.getsockname()[1])
        server.should_exit = True
        thread.join()
