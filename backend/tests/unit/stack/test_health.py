"""Health checks over real connections."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import psutil
import pytest

from accessa.stack.health import is_healthy
from accessa.stack.plan import Health


@asynccontextmanager
async def server(answer: bytes | None) -> AsyncIterator[str]:
    """Answer every request with `answer`, or never."""
    serving = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()
        await writer.wait_closed()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/health"
    await asyncio.gather(*(task for task in serving if task))


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False),
        (b"200", False),
        (b"", False),
    ],
)
async def test_only_a_200_is_healthy(answer: bytes, healthy: object) -> None:
    """Any other answer, or none, is not."""
    async with server(answer) as address:
        assert healthy is await is_healthy(Health(kind="http", address=address), pid=os.getpid())


@pytest.fixture
def idle_pid() -> Iterator[int]:
    """A process that listens nowhere."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


async def test_only_the_service_itself_is_healthy(idle_pid: int) -> None:
    """A 200 counts from the process itself or from one that it started, not from a stranger on its port."""
    async with server(b"HTTP/1.1 200 OK\r\n\r\n") as address:
        health = Health(kind="http", address=address)
        seen = [await is_healthy(health, pid) for pid in (os.getpid(), os.getppid(), idle_pid, None)]

    assert [True, True, False, False] == seen


async def test_a_service_that_may_not_be_looked_into_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system hides whose socket it is, the answer alone decides."""

    def hidden(process: psutil.Process, _kind: str) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "net_connections", hidden)
    async with server(b"HTTP/1.1 200 OK\r\n\r\n") as address:
        healthy = await is_healthy(Health(kind="http", address=address), pid=os.getpid())

    assert healthy


async def test_silence_is_told_in_time() -> None:
    """A service that hangs cannot hold up the check."""
    started = time.monotonic()
    async with server(None) as address:
        healthy = await is_healthy(Health(kind="http", address=address), pid=1, seconds=0.2)

    assert not healthy
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("kind", ["postgres", "worker"])
async def test_a_database_that_is_not_there_is_unhealthy(kind: str) -> None:
    """A refused connection is an answer, not an error."""
    health = Health.model_validate({"kind": kind, "address": "postgresql://postgres:x@127.0.0.1:1/none"})

    assert not await is_healthy(health, pid=1)


@pytest.mark.parametrize("kind", ["postgres", "worker"])
async def test_a_database_that_dies_while_it_is_asked_is_unhealthy(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library has an error of its own for that, and a check that raised it would restart the service."""

    class Dying:
        async def fetchval(self, *_arguments: object, **_options: object) -> None:
            raise asyncpg.InternalClientError

        def terminate(self) -> None:
            """Let go."""

    async def connect(*_arguments: object, **_options: object) -> Dying:
        return Dying()

    monkeypatch.setattr(asyncpg, "connect", connect)

    assert not await is_healthy(Health.model_validate({"kind": kind}), pid=1)
