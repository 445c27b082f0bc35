"""What a benchmark asks of the Postgres server itself, over a connection of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

_SETTINGS = (
    *("server_version", "shared_buffers", "min_wal_size", "max_wal_size", "wal_compression", "jit"),
    *("fsync", "synchronous_commit", "full_page_writes"),
)

# More than a run writes between two checkpoints.
_LOG_MEGABYTES = 256


class PostgresState:
    """One connection as the owner of the server."""

    def __init__(self, connection: asyncpg.Connection, url: str) -> None:
        """Take the connection, and the address that it leads to."""
        self._connection = connection
        self._url = url

    async def age(self) -> None:
        """Give a new server the log files that one in use has; else whoever is measured first pays for making them."""
        await self._connection.execute(f"ALTER SYSTEM SET min_wal_size = '{2 * _LOG_MEGABYTES}MB'")
        await self._connection.execute("SELECT pg_reload_conf()")
        for _ in range(_LOG_MEGABYTES):
            await self._connection.execute("SELECT pg_logical_emit_message(false, 'accessa', repeat('.', 1048576))")
        await self._connection.execute("CHECKPOINT")

    async def settle(self) -> None:
        """Write all that is dirty to disk, so that one run does not pay for the one before."""
        await self._connection.execute("CHECKPOINT")

    async def wal_position(self) -> int:
        """Return how many bytes of write-ahead log there have ever been."""
        return int(
            await self._connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        )

    async def settings(self) -> dict[str, str]:
        """Return the settings that matter for speed and durability."""
        return {name: str(await self._connection.fetchval(f"SHOW {name}")) for name in _SETTINGS}

    async def create_database(self) -> str:
        """Create a database that holds nothing but the vector extension, and return its name."""
        name = f"bench_{uuid4().hex[:12]}"
        await self._connection.execute(f"CREATE DATABASE {name}")
        connection = await asyncpg.connect(address_of(self._url, name), ssl=False)
        try:
            await connection.execute("CREATE EXTENSION vector")
        finally:
            await connection.close()
        return name

    async def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        await self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address_of(url: str, database: str) -> str:
    """Return `url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@asynccontextmanager
async def postgres_state(url: str) -> AsyncIterator[PostgresState]:
    """Connect to the server of `url`."""
    connection = await asyncpg.connect(address_of(url, "postgres"), ssl=False)
    try:
        yield PostgresState(connection, url)
    finally:
        await connection.close()
