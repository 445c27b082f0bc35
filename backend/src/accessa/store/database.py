"""The connections: every way into Postgres, with its errors put into our own tree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg

from accessa.domain.errors import AccessaError
from accessa.settings import DatabaseSettings
from accessa.store.driver_errors import (
    DRIVER_ERRORS,
    CommitUnknownError,
    ConnectionLostError,
    DatabaseTroubleError,
    breaks_connection,
    loses_statement,
    translate,
)
from accessa.store.outage import Outage
from accessa.store.pool import WITHOUT_COMPILER, PoolMaker
from accessa.store.pool_use import PoolUse, use_of
from accessa.store.pooler import Pooler

# A pool lends proxies and the driver has no types of its own; both are used the same way.
Connection: TypeAlias = Any

_ONLY_READS = "SELECT WHERE current_setting('transaction_read_only') = 'on'"
_ALL_IN_USE = "All connections of this process to the database are in use; try again in a moment."


class Database:
    """Two pools, opened with their first use, so that a process can start before its database.

    The `reserved` one is for what must not wait behind work: leases, signs of life, and looks after an outage.
    """

    def __init__(
        self, settings: DatabaseSettings, application_name: str = "accessa", *, environment: str = "local"
    ) -> None:
        """Keep the settings; nothing is connected yet.

        A database that serves another `environment` is left alone: every use raises `UsageError` ENVIRONMENT_WRONG.
        """
        self._settings = settings
        self._maker = PoolMaker(settings, application_name, environment)
        self._pools: dict[bool, asyncpg.Pool] = {}
        self._begin = (
            f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = '{settings.idle_timeout_seconds:g}s';"
            f" SET LOCAL statement_timeout = '{settings.statement_timeout_seconds:g}s';"
            # Our statements are written for their indexes; to plan them anew for each value takes longer than they do.
            f" SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL {WITHOUT_COMPILER}"
        )
        self._opening = asyncio.Lock()
        self.outage = Outage()

    @property
    def pooler(self) -> Pooler | None:
        """What stands before Postgres; None before it has answered for the first time."""
        return self._maker.pooler

    @property
    def pool_use(self) -> PoolUse:
        """How many of the connections for work are in use; those reserved are left out."""
        return use_of(self._pools.get(False), self._settings.pool_size)

    async def open(self, *, reserved: bool = False) -> asyncpg.Pool:
        """Connect and return a pool; raises `RecoverableError` DATABASE_UNAVAILABLE when Postgres does not answer."""
        # Two tasks that come first at the same time would make two pools and lose one.
        async with self._opening:
            if reserved not in self._pools:
                size = self._settings.reserved_connections if reserved else self._settings.pool_size
                try:
                    self._pools[reserved] = await self._maker.make(size)
                except DRIVER_ERRORS as error:
                    raise self._met(error, reached=False) from None
            return self._pools[reserved]

    async def close(self) -> None:
        """Close every connection."""
        while self._pools:
            _, pool = self._pools.popitem()
            await pool.close()

    @asynccontextmanager
    async def connection(self, *, reserved: bool = False) -> AsyncIterator[Connection]:
        """Lend one connection in autocommit; driver errors leave as errors of our tree."""
        pool = await self.open(reserved=reserved)
        connection = await self._acquire(pool)
        try:
            yield connection
            await self._answered(connection)
        except AccessaError:
            raise
        except Exception as error:
            if breaks_connection(error):
                _drop(connection)
            if loses_statement(error):
                await self._maker.lost_statement(self._pools.values())
            raise self._met(error) from error
        finally:
            if self.outage.code is not None:
                # What was connected to a server that has gone, or is the primary no more, leads nowhere.
                await self._expire()
            with suppress(*DRIVER_ERRORS):  # what cannot be given back is dropped, and what was done is done
                await pool.release(connection)

    @asynccontextmanager
    async def transaction(self, *, reserved: bool = False) -> AsyncIterator[Connection]:
        """Lend one connection inside a transaction: committed at the end, rolled back by any error.

        Raises `CommitUnknownError` when the connection breaks in the commit, which may have gone through.
        """
        async with self.connection(reserved=reserved) as connection:
            # The limits are set for the transaction alone, which also holds behind a pooler. Without them a worker that
            # freezes here would keep its row lock, and claims would skip the job for ever.
            await connection.execute(self._begin)
            try:
                yield connection
            except BaseException as error:
                await _roll_back(connection, error)
                raise
            await _commit(connection)

    async def _acquire(self, pool: asyncpg.Pool) -> Connection:
        try:
            if self._maker.lacks_vectors:
                self._maker.lacks_vectors = False
                await self._expire()
            return await pool.acquire(timeout=self._settings.connect_timeout_seconds)
        except TimeoutError as error:
            if not pool.get_idle_size() and pool.get_size() >= pool.get_max_size():
                raise DatabaseTroubleError("DATABASE_UNAVAILABLE", _ALL_IN_USE) from error
            raise self._met(error, reached=False) from error
        except DRIVER_ERRORS as error:
            raise self._met(error, reached=False) from error

    async def _expire(self) -> None:
        for pool in self._pools.values():
            await pool.expire_connections()

    async def _answered(self, connection: Connection) -> None:
        """Take in that the database answers; one that took only reads has to say that it takes writes again."""
        takes_reads = self.outage.code == "DATABASE_READ_ONLY"
        with suppress(*DRIVER_ERRORS):  # a commit may just have gone through, and no doubt may fall on it
            if not takes_reads or await connection.execute(_ONLY_READS) == "SELECT 0":
                self.outage.end()

    def _met(self, error: BaseException, *, reached: bool = True) -> BaseException:
        """Return what an error is for whoever asked, and remember it when the database is away."""
        ours = translate(error)
        if ours is None and not reached:
            # Poolers tell their own troubles as internal errors.
            ours = ConnectionLostError("DATABASE_UNAVAILABLE")
        if isinstance(ours, ConnectionLostError) or (ours is not None and ours.code == "DATABASE_READ_ONLY"):
            self.outage.begin(ours.code)
        return ours or error


async def _roll_back(connection: Connection, error: BaseException) -> None:
    """End the transaction; a connection that is no good any more is dropped, which ends it as well."""
    if breaks_connection(error):
        _drop(connection)
        return
    try:
        await connection.execute("ROLLBACK")
    except DRIVER_ERRORS:
        _drop(connection)


def _drop(connection: Connection) -> None:
    with suppress(asyncpg.InterfaceError):  # the pool has heard of its end already
        connection.terminate()


async def _commit(connection: Connection) -> None:
    try:
        ended = await connection.execute("COMMIT")
    except DRIVER_ERRORS as error:
        if not breaks_connection(error):
            raise
        _drop(connection)
        raise CommitUnknownError("DATABASE_UNAVAILABLE") from error
    if ended != "COMMIT":
        raise RuntimeError("A transaction could not be committed, as an error inside it was passed over.")
