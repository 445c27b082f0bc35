"""The connection pool: every way into Postgres, with its errors put into our own tree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import orjson

from accessa.domain.errors import AccessaError, LeaseLostError, RecoverableError, UsageError
from accessa.settings import DatabaseSettings
from accessa.store.driver_errors import DRIVER_ERRORS

# A pool lends proxies and the driver has no types of its own; both are used the same way.
Connection: TypeAlias = Any

_OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # Postgres died between two messages
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidCachedStatementError,  # a migration changed a table since the statement was prepared
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.DatabaseDroppedError,
)
_SCHEMA_MISSING = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError)


def translate(error: BaseException) -> AccessaError | None:
    """Return our error for one of the driver's, or None when it is a fault of ours."""
    if isinstance(error, asyncpg.DiskFullError):
        return RecoverableError("DISK_FULL")
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return LeaseLostError()  # the document was deleted while the worker was at it
    if isinstance(error, _SCHEMA_MISSING):
        return RecoverableError("SCHEMA_UNKNOWN")
    if isinstance(error, _OUTAGES):
        return RecoverableError("DATABASE_UNAVAILABLE")
    return None


class Database:
    """A pool of connections; opened lazily, so a process can start before its database."""

    def __init__(
        self, settings: DatabaseSettings, application_name: str = "accessa", *, environment: str = "local"
    ) -> None:
        """Keep the settings; nothing is connected yet.

        A database that serves another `environment` is left alone: every use raises `UsageError` ENVIRONMENT_WRONG.
        """
        self._settings = settings
        self._application_name = application_name
        self._environment = environment
        self._pool: asyncpg.Pool | None = None
        self._limits = (
            f"SET LOCAL idle_in_transaction_session_timeout = '{settings.idle_timeout_seconds:g}s';"
            f" SET LOCAL statement_timeout = '{settings.statement_timeout_seconds:g}s'"
        )
        self._opening = asyncio.Lock()
        # A connection made before the first migration does not know vectors: it is replaced before it is used again.
        self._without_vectors = False

    async def open(self) -> None:
        """Connect; raise `RecoverableError` DATABASE_UNAVAILABLE when Postgres does not answer."""
        # Two tasks that come first at the same time would make two pools and lose one.
        async with self._opening:
            if self._pool is None:
                try:
                    self._pool = await self._connect()
                except DRIVER_ERRORS as error:
                    raise translate(error) or error from None

    async def _connect(self) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self._settings.url.get_secret_value(),
            min_size=1,
            max_size=self._settings.pool_size,
            timeout=self._settings.connect_timeout_seconds,
            command_timeout=self._settings.statement_timeout_seconds,
            server_settings={"application_name": self._application_name},
            init=self._prepare,
        )

    async def _prepare(self, connection: asyncpg.Connection) -> None:
        self._without_vectors = not await prepare_connection(connection) or self._without_vectors
        await _check_environment(connection, self._environment)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend one connection in autocommit; driver errors leave as errors of our tree."""
        await self.open()
        assert self._pool is not None  # noqa: S101 - open() has just set it or raised
        try:
            if self._without_vectors:
                self._without_vectors = False
                await self._pool.expire_connections()
            async with self._pool.acquire(timeout=self._settings.connect_timeout_seconds) as connection:
                yield connection
        except AccessaError:
            raise
        except Exception as error:
            raise translate(error) or error from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend one connection inside a transaction: committed at the end, rolled back by any error."""
        async with self.connection() as connection, connection.transaction():
            # Set for the transaction alone, which also holds behind a pooler. Without them a worker that freezes here
            # would keep its row lock, and claims would skip the job for ever.
            await connection.execute(self._limits)
            yield connection


async def _check_environment(connection: asyncpg.Connection, environment: str) -> None:
    if not await connection.fetchval("SELECT to_regclass('upload_pipeline.deployment') IS NOT NULL"):
        return
    served = await connection.fetchval("SELECT environment FROM upload_pipeline.deployment")
    if served != environment:
        raise UsageError(
            "ENVIRONMENT_WRONG",
            f"The database serves {served} and this process {environment}; check DATABASE_URL and ENVIRONMENT,"
            " or run accessa db migrate in a new database.",
        )


async def prepare_connection(connection: asyncpg.Connection) -> bool:
    """Teach a new connection jsonb as Python objects and vectors as their wire bytes; False before there are any."""
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=orjson.loads)
    schema = await connection.fetchval(
        "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'vector'"
    )
    if schema:
        await connection.set_type_codec("vector", schema=schema, encoder=bytes, decoder=bytes, format="binary")
    return bool(schema)


def _to_json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
