"""Asking a Postgres whether it takes connections, and making sure that a database exists."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from accessa.stack.processes import parent_of
from accessa.store.driver_errors import DRIVER_ERRORS

_ATTEMPT_SECONDS = 2.0
_PAUSE_SECONDS = 0.03


async def answers(url: str, pid: int | None = None) -> bool:
    """Tell whether the server of `url` accepts its password and answers; ask its `postgres` database.

    With `pid` only that server counts: one that trusts everybody accepts any password. Who answers is known by the
    parent of its backend, as root may not see the sockets of the user that Postgres runs as.
    """
    try:
        connection = await asyncpg.connect(maintenance_url(url), ssl=False, timeout=_ATTEMPT_SECONDS)
    except DRIVER_ERRORS:
        return False
    try:
        backend = await connection.fetchval("select pg_backend_pid()", timeout=_ATTEMPT_SECONDS)
        return pid is None or parent_of(backend) == pid
    except DRIVER_ERRORS:
        return False
    finally:
        connection.terminate()


async def ensure_database(url: str) -> bool:
    """Create the database that `url` names if it is missing; return whether it was."""
    name = urlsplit(url).path.lstrip("/")
    connection = await asyncpg.connect(maintenance_url(url), ssl=False, timeout=_ATTEMPT_SECONDS)
    try:
        if await connection.fetchval("select true from pg_database where datname = $1", name):
            return False
        quoted = name.replace('"', '""')
        await connection.execute(f'create database "{quoted}"')
        return True
    finally:
        await connection.close()


async def wait_until_answering(url: str, seconds: float) -> bool:
    """Ask again and again for at most `seconds`; tell whether the server of `url` answered."""
    deadline = time.monotonic() + seconds
    while not await answers(url):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_PAUSE_SECONDS)
    return True


def answers_within(url: str, seconds: float) -> bool:
    """Do the same for a caller without an event loop, or with one that must not be disturbed."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(wait_until_answering(url, seconds))).result()


def maintenance_url(url: str) -> str:
    """Return `url` with the database `postgres`, which every cluster has, in place of its own."""
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))
