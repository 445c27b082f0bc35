"""What the driver's errors become."""

from __future__ import annotations

import asyncio
import errno

import asyncpg
import pytest
from pydantic import SecretStr

from accessa.domain.errors import AccessaError, LeaseLostError, RecoverableError
from accessa.settings import DatabaseSettings
from accessa.store.database import Database
from accessa.store.driver_errors import ConflictError, ConnectionLostError, DatabaseTroubleError, translate


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ConnectionResetError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (TimeoutError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.CannotConnectNowError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.InterfaceError("connection is closed"), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.InternalClientError("died between two messages"), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.AdminShutdownError(), ConnectionLostError, "DATABASE_UNAVAILABLE"),
        (asyncpg.DeadlockDetectedError(), ConflictError, "DATABASE_UNAVAILABLE"),
        (asyncpg.SerializationError(), ConflictError, "DATABASE_UNAVAILABLE"),
        (asyncpg.QueryCanceledError(), DatabaseTroubleError, "DATABASE_UNAVAILABLE"),
        (asyncpg.ReadOnlySQLTransactionError(), DatabaseTroubleError, "DATABASE_READ_ONLY"),
        (asyncpg.DuplicatePreparedStatementError(), DatabaseTroubleError, "DATABASE_POOLED"),
        (asyncpg.DiskFullError(), DatabaseTroubleError, "DISK_FULL"),
        (OSError(errno.ENOSPC, "full"), DatabaseTroubleError, "DISK_FULL"),
        (asyncpg.UndefinedTableError(), RecoverableError, "SCHEMA_UNKNOWN"),
        (asyncpg.ForeignKeyViolationError(), LeaseLostError, "LEASE_LOST"),
    ],
)
def test_trouble_of_the_database_costs_no_attempt(error: Exception, kind: type[AccessaError], code: str) -> None:
    """A database that goes away in whatever way is waited for; only a fault of ours is nobody's outage."""
    ours = translate(error)

    assert (kind, code) == (type(ours), ours.code if ours else None)


def test_a_fault_of_ours_stays_one() -> None:
    """A wrong statement is no outage, so that it is not tried for ever."""
    assert translate(asyncpg.PostgresSyntaxError()) is None


async def test_a_pooler_that_turns_a_client_away_is_an_outage() -> None:
    """Whatever a pooler says of its own troubles, nobody is connected, and a worker waits rather than dies of it."""

    async def turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        reasons = b"SFATAL\0VFATAL\0CXX000\0MMax client connections reached\0\0"
        writer.write(b"E" + (len(reasons) + 4).to_bytes(4, "big") + reasons)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(turn_away, "127.0.0.1", 0) as pooler:
        port = pooler.sockets[0].getsockname()[1]
        url = SecretStr(f"postgresql://user:word@127.0.0.1:{port}/name?sslmode=disable")
        database = Database(DatabaseSettings(url=url))
        with pytest.raises(ConnectionLostError):
            async with database.connection():
                pass

    assert "DATABASE_UNAVAILABLE" == database.outage.code
