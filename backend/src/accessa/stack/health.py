"""Live health checks, the same for the supervisor and for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import asyncpg

from accessa.stack.plan import Health
from accessa.stack.postgres import answers
from accessa.stack.processes import listens
from accessa.store.driver_errors import DRIVER_ERRORS

_HEARTBEAT_SQL = """
select exists (
    select from upload_pipeline.workers where pid = $1 and heartbeat_at > now() - interval '15 seconds'
)
"""
FAILURES = (*DRIVER_ERRORS, EOFError)


async def is_healthy(health: Health, pid: int | None, seconds: float = 1.5) -> bool:
    """Tell within `seconds` whether the service passes its check; `pid` is its process. Never raises.

    Only an answer of that process counts: another stack, or any other program, may have its port.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _CHECKS[health.kind](health.address, pid)
    except FAILURES:
        return False


async def _http_ok(address: str, pid: int | None) -> bool:
    """Ask, and only then look who listens, which costs more and tells less about a service that still starts."""
    port = urlsplit(address).port
    return await answers_200(address) and port is not None and listens(pid, port)


async def answers_200(address: str) -> bool:
    """Tell whether GET `address` answers 200.

    It asks over a plain connection: a proxy setting of the user must not come between.
    """
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        host = f"{parts.hostname}:{parts.port}"
        writer.write(f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status_line = await reader.readline()
    finally:
        writer.close()
    return status_line.split(b" ")[1:2] == [b"200"]


async def _postgres_answers(address: str, pid: int | None) -> bool:
    return await answers(address, pid or 0)


async def _heart_beats(address: str, pid: int | None) -> bool:
    connection = await asyncpg.connect(address, ssl=False)
    try:
        return bool(await connection.fetchval(_HEARTBEAT_SQL, pid))
    finally:
        connection.terminate()


async def _never_alone(_address: str, _pid: int | None) -> bool:
    """Say no: a program that runs once is judged by its exit, not while it runs."""
    return False


_CHECKS: dict[str, Callable[[str, int | None], Awaitable[bool]]] = {
    "http": _http_ok,
    "postgres": _postgres_answers,
    "worker": _heart_beats,
    "exit": _never_alone,
}
