"""Makes pools of connections: fit for what stands before Postgres, and each connection taught our types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import asyncpg
import orjson

from accessa.domain.errors import UsageError
from accessa.settings import DatabaseSettings
from accessa.store.pooler import TOLD, Pooler, find_pooler, is_direct
from accessa.store.statements import name_of
from accessa.telemetry import traces
from accessa.telemetry.logs import get_logger

# The server's own limit comes first, which spares the connection; this one is for a server that went silent.
_SILENCE_SECONDS = 2.0
# Of a generic plan the rows are guessed, far too many at times; Postgres then compiles for ten seconds what takes one
# thousandth of a second, where it has a compiler, as in its Debian packages and official images.
WITHOUT_COMPILER = "jit = off"
log = get_logger(__name__)


class _PooledError(Exception):
    """A connection that was taken for a direct one leads through a pooler."""


class PoolMaker:
    """Makes the pools of one process."""

    def __init__(self, settings: DatabaseSettings, application_name: str, environment: str) -> None:
        """Keep what every connection needs."""
        self._settings = settings
        self._application_name = application_name
        self._environment = environment
        self.pooler = None if settings.pooler == "auto" else Pooler(settings.pooler)
        #: A connection made before the first migration does not know vectors: it is to be replaced before its next use.
        self.lacks_vectors = False

    async def make(self, size: int) -> asyncpg.Pool:
        """Return an open pool; what stands before Postgres is found out with the first one."""
        try:
            pool = await self._make(size)
        except _PooledError:
            self.pooler = await find_pooler(self._connect_bare)
            pool = await self._make(size)
            self._tell()
        self.pooler = self.pooler or Pooler.NONE
        return pool

    async def lost_statement(self, pools: Iterable[asyncpg.Pool]) -> None:
        """Take note that a statement was gone: a transaction pooler has come, or looked like another kind.

        The connections that `pools` make from now on keep no statements. What a setting says of the pooler holds.
        """
        if self._settings.pooler != "auto" or self.pooler is Pooler.TRANSACTION:
            return
        self.pooler = Pooler.TRANSACTION
        self._tell()
        for pool in pools:
            pool.set_connect_args(**self._arguments())
            await pool.expire_connections()

    def _tell(self) -> None:
        if self.pooler is not None:
            log.info("A pooler stands before the database", pooler=self.pooler.value, reached=TOLD[self.pooler])

    def _arguments(self) -> dict[str, Any]:
        keeps_statements = self.pooler is not Pooler.TRANSACTION
        return {
            "dsn": self._settings.url.get_secret_value(),
            "timeout": self._settings.connect_timeout_seconds,
            "command_timeout": self._settings.statement_timeout_seconds + _SILENCE_SECONDS,
            "server_settings": {"application_name": self._application_name},
            **({} if keeps_statements else {"statement_cache_size": 0}),
        }

    async def _make(self, size: int) -> asyncpg.Pool:
        pool = await asyncpg.create_pool(
            # A floor would be restored in the background, which fills the log of an outage.
            min_size=0,
            max_size=size,
            init=self._prepare,
            reset=leave_as_it_is,
            **self._arguments(),
        )
        try:
            await pool.release(await pool.acquire(timeout=self._settings.connect_timeout_seconds))
        except BaseException:
            pool.terminate()
            raise
        return pool

    async def _connect_bare(self) -> Any:
        return await asyncpg.connect(
            self._settings.url.get_secret_value(),
            statement_cache_size=0,
            timeout=self._settings.connect_timeout_seconds,
            command_timeout=self._settings.connect_timeout_seconds,
        )

    async def _prepare(self, connection: asyncpg.Connection) -> None:
        if self.pooler is None and not await is_direct(connection):
            raise _PooledError
        if self.pooler is None or self.pooler is Pooler.NONE:
            # The session is nobody else's: what holds for transactions (see `Database`) does for single statements too.
            await connection.execute(f"SET plan_cache_mode = force_generic_plan; SET {WITHOUT_COMPILER}")
        self.lacks_vectors = not await prepare_connection(connection) or self.lacks_vectors
        await _check_environment(connection, self._environment)
        if traces.is_on():
            connection.add_query_logger(_trace)


# What the driver asks a new session about the database's types: nobody's statement, but time that somebody waited.
_TYPES_LOOKED_UP = "types looked up by the driver"
_OF_DRIVER = frozenset(
    text for name, text in vars(asyncpg.introspection).items() if name.isupper() and isinstance(text, str)
)


def _trace(ended: Any) -> None:
    """Add a statement that has just ended to the trace of whoever ran it: by its name, never its text or values."""
    error = None if ended.exception is None else type(ended.exception).__name__
    name = _TYPES_LOOKED_UP if ended.query in _OF_DRIVER else name_of(ended.query)
    traces.ended_call(name, ended.elapsed, error=error, db_system="postgresql", db_statement_name=name)


async def leave_as_it_is(_connection: Any) -> None:
    """Reset nothing: no code of ours leaves anything on a session, as none could behind a pooler."""


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
    """Return bytes as the JSON that they are, and anything else as JSON."""
    return value.decode() if isinstance(value, bytes) else orjson.dumps(value, default=str).decode()
