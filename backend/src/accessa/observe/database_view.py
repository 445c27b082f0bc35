"""The monitoring's own way to Postgres: two connections, made when first needed, never waited for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import asyncpg

from accessa.observe.figures import Figures, FiguresReader
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.pool import leave_as_it_is
from accessa.store.pooler import is_direct
from accessa.store.statements import load
from accessa.telemetry.logs import get_logger

CONNECT_SECONDS = 1.5
STATEMENT_SECONDS = 2.0
LOCK_SECONDS = 0.1
LOOK_SECONDS = 3.0
SILENT_SENTENCE = "Postgres does not answer."
SLOW_SENTENCE = "Postgres answers too slowly to tell the figures."
LOCKED_SENTENCE = "Somebody has locked tables that the figures are read from: accessa doctor tells who."
REFUSED_SENTENCE = "Postgres refuses the monitoring its connection or its tables: check DATABASE_URL."
SCHEMA_SENTENCE = "The database schema is not the one this version needs: run accessa db migrate."

_SCHEMA_MISSING = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError)
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,
)

T = TypeVar("T")

_log = get_logger(__name__)


class Trouble(StrEnum):
    """Why the database did not tell what it was asked."""

    SILENT = "silent"
    REFUSED = "refused"
    SLOW = "slow"
    LOCKED = "locked"
    SCHEMA = "schema"


_SENTENCES = {
    Trouble.SILENT: SILENT_SENTENCE,
    Trouble.REFUSED: REFUSED_SENTENCE,
    Trouble.SLOW: SLOW_SENTENCE,
    Trouble.LOCKED: LOCKED_SENTENCE,
    Trouble.SCHEMA: SCHEMA_SENTENCE,
}


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was asked of the database, or what kept it from being told."""

    value: T | None = None
    trouble: Trouble | None = None

    @property
    def answers(self) -> bool:
        """Whether Postgres answered at all."""
        return self.trouble not in {Trouble.SILENT, Trouble.REFUSED}

    @property
    def sentence(self) -> str:
        """Why the value is not known; empty when it is."""
        return _SENTENCES[self.trouble] if self.trouble else ""


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """One look at the database: figures, or the sentence that tells why there are none."""

    answers: bool
    sentence: str
    figures: Figures | None


class Database:
    """A read-only view of Postgres that outlives every outage of it."""

    def __init__(self, url: str, *, alive_seconds: float) -> None:
        self._url = url
        self.figures = FiguresReader(alive_seconds)
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._last_sentence = ""

    async def look(self) -> DatabaseView:
        """Return the figures of now; never raises because of the database, and never takes longer than 3 s."""
        answer = await self.look_at(self.figures.read)
        return DatabaseView(answer.answers, answer.sentence, answer.value)

    async def look_at(self, read: Callable[[asyncpg.Connection], Awaitable[T]]) -> Answer[T]:
        """Return what `read` tells at one moment, as `ask` does, and log when it falls silent or comes back."""
        answer = await self.ask(read)
        if answer.sentence != self._last_sentence:
            news = answer.sentence or "Postgres answers again."
            _log.warning("What the dashboard knows of the database changed", message=news)
            self._last_sentence = answer.sentence
        return answer

    async def ask(self, read: Callable[[asyncpg.Connection], Awaitable[T]]) -> Answer[T]:
        """Return what `read` tells at one moment; never raises because of the database, nor takes over 3 s."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                try:
                    value = await self._read(read)
                except asyncpg.InvalidCachedStatementError:  # a table has changed since; the driver now knows
                    value = await self._read(read)
                return Answer(value)
        except _SCHEMA_MISSING:
            return Answer(trouble=Trouble.SCHEMA)
        except _REFUSED:
            return Answer(trouble=Trouble.REFUSED)
        except asyncpg.LockNotAvailableError:
            return Answer(trouble=Trouble.LOCKED)
        except asyncpg.QueryCanceledError:
            return Answer(trouble=Trouble.SLOW)
        except DRIVER_ERRORS:
            return Answer(trouble=Trouble.SILENT)

    async def close(self) -> None:
        """Drop the connections without waiting for them."""
        if self._pool is not None:
            self._pool.terminate()

    async def _read(self, read: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        pool = await self._opened_pool()
        async with pool.acquire() as connection:
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    await connection.execute(
                        load("limit_look"), _milliseconds(STATEMENT_SECONDS), _milliseconds(LOCK_SECONDS)
                    )
                    return await read(connection)
            except (TimeoutError, asyncio.CancelledError):
                connection.terminate()
                raise

    async def _opened_pool(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                keeps_statements = await self._is_direct()
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=2,
                    timeout=CONNECT_SECONDS,
                    command_timeout=STATEMENT_SECONDS + 0.5,
                    server_settings={"application_name": "accessa-monitoring"},
                    reset=leave_as_it_is,
                    **({} if keeps_statements else {"statement_cache_size": 0}),
                )
            return self._pool

    async def _is_direct(self) -> bool:
        """Tell whether no pooler stands before Postgres, so that prepared statements can be kept."""
        connection = await asyncpg.connect(self._url, statement_cache_size=0, timeout=CONNECT_SECONDS)
        try:
            return await is_direct(connection)
        finally:
            connection.terminate()


def _milliseconds(seconds: float) -> str:
    return f"{int(seconds * 1000)}ms"
