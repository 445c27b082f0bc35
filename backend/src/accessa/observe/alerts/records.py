"""What is kept of alerts in the database: silences and history. It may be away; what could not be written waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson

from accessa.domain.errors import RecoverableError
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.statements import load
from accessa.telemetry.logs import get_logger

PATIENCE_SECONDS = 2.0
_UNWRITTEN = 1000

_log = get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One time that an alert fired."""

    alert_key: str
    alert: str
    severity: str
    labels: dict[str, str]
    summary: str
    active_since: datetime
    fired_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Silence:
    """Until when nobody is told of an alert, as far as its labels are these."""

    silence_id: UUID
    alert: str
    labels: dict[str, str]
    reason: str
    created_by: str
    created_at: datetime
    until: datetime


class AlertRecords:
    """One connection of its own, made when needed; each call is over within some seconds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()
        self._unwritten: deque[HistoryRow] = deque(maxlen=_UNWRITTEN)
        self._silent = False

    async def silences(self) -> list[Silence]:
        """Return those that last; raises `RecoverableError` DATABASE_UNAVAILABLE."""
        rows = await self._ask(lambda connection: connection.fetch(load("list_alert_silences")))
        return [_silence(row) for row in rows]

    async def add_silence(self, alert: str, labels: dict[str, str], seconds: float, reason: str, by: str) -> Silence:
        """Store a silence from now on; raises `RecoverableError` DATABASE_UNAVAILABLE."""
        values = (alert, orjson.dumps(labels).decode(), reason, by, seconds)
        return _silence(await self._ask(lambda connection: connection.fetchrow(load("add_alert_silence"), *values)))

    async def end_silence(self, silence_id: UUID) -> bool:
        """End a silence, and tell whether there was one; raises `RecoverableError` DATABASE_UNAVAILABLE."""
        done = await self._ask(lambda connection: connection.execute(load("end_alert_silence"), silence_id))
        return str(done) == "UPDATE 1"

    async def history(self, most: int) -> list[HistoryRow]:
        """Return the latest firings; raises `RecoverableError` DATABASE_UNAVAILABLE."""
        rows = await self._ask(lambda connection: connection.fetch(load("list_alert_history"), most))
        return [_history(row) for row in rows]

    async def firing(self) -> list[HistoryRow]:
        """Return the firings that have not ended; raises `RecoverableError` DATABASE_UNAVAILABLE."""
        rows = await self._ask(lambda connection: connection.fetch(load("list_firing_alerts")))
        return [_history(row) for row in rows]

    def note(self, row: HistoryRow) -> None:
        """Have a row of the history written by the next `flush`; of too many the oldest are left out."""
        self._unwritten.append(row)

    async def flush(self) -> None:
        """Write what waits, as far as the database takes it."""
        while self._unwritten:
            row = self._unwritten[0]
            try:
                await self._ask(lambda connection, row=row: _write(connection, row))  # type: ignore[misc]
            except RecoverableError:
                return
            if self._unwritten and self._unwritten[0] is row:
                self._unwritten.popleft()

    async def close(self) -> None:
        """Drop the connection."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _ask(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        async with self._lock:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    result = await work(await self._connected())
            except DRIVER_ERRORS as error:
                await self.close()
                if not self._silent:
                    _log.warning("The records of alerts are away", error_type=type(error).__name__)
                self._silent = True
                raise RecoverableError("DATABASE_UNAVAILABLE") from error
            except asyncio.CancelledError:
                await self.close()
                raise
            self._silent = False
            return result

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url, statement_cache_size=0, server_settings={"application_name": "accessa-alerts"}
            )
        return self._connection


async def _write(connection: asyncpg.Connection, row: HistoryRow) -> None:
    await connection.execute(
        load("write_alert_history"),
        *(row.alert_key, row.fired_at, row.alert, row.severity, orjson.dumps(row.labels).decode()),
        *(row.summary, row.active_since, row.resolved_at),
    )


def _silence(row: Any) -> Silence:
    # The driver's own kind of UUID is unknown to whoever writes JSON.
    return Silence(**{**dict(row), "silence_id": UUID(str(row["silence_id"])), "labels": orjson.loads(row["labels"])})


def _history(row: Any) -> HistoryRow:
    return HistoryRow(**{**dict(row), "labels": orjson.loads(row["labels"])})
