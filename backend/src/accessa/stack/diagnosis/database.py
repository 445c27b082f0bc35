"""The database that the services use: whether it answers, and what it tells when it does."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil

from accessa.stack.diagnosis.database_facts import (
    ALIVE_SECONDS,
    Facts,
    judge_clocks,
    judge_locks,
    judge_schema,
    judge_workers,
)
from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good
from accessa.stack.processes import called
from accessa.store.blockers import list_blockers
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.schema_version import LiveSchema
from accessa.store.statements import load

_PATIENCE_SECONDS = 2.0
_CONNECTION: dict[str, Any] = {
    "ssl": False,
    "timeout": _PATIENCE_SECONDS,
    "statement_cache_size": 0,
    "server_settings": {"lock_timeout": "200ms"},
}
_NEARLY_USED = 0.85  # as the alert DatabaseConnectionsNearlyUsed
_LOGS = f"See: accessa logs postgres; to start all anew: {RESTART}"


def look_at_database(url: str, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Ask over one connection; what cannot be known while the database is silent is left out."""
    place = f"{urlsplit(url).hostname}:{urlsplit(url).port}"
    try:
        facts = asyncio.run(_ask(url, clock))
    except DRIVER_ERRORS as error:
        yield _silent(place, urlsplit(url).port or 0, error)
        return
    yield judge_connections(facts, place)
    yield judge_locks(facts.blockers)
    yield judge_schema(facts.schema)
    if facts.schema.fits and facts.waiting is not None:
        yield judge_workers(facts)
    yield judge_clocks(facts)


async def _ask(url: str, clock: Callable[[], float]) -> Facts:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        connection = await asyncpg.connect(url, **_CONNECTION)
        try:
            return await _read(connection, clock)
        finally:
            connection.terminate()


async def _read(connection: Any, clock: Callable[[], float]) -> Facts:
    await connection.fetchrow(load("sight_database"))  # once to plan it, so that the second takes no time
    before = clock()
    server = await connection.fetchrow(load("sight_database"))
    ahead = (before + clock()) / 2 - server["clock"]
    schema = LiveSchema(None, None)
    workers: list[dict[str, Any]] = []
    waiting: int | None = 0
    blockers = await list_blockers(connection)
    if await connection.fetchval(load("schema_exists")):
        schema = LiveSchema(**(await connection.fetchrow(load("schema_revision")) or {}))
    if schema.fits:
        workers, waiting = await _read_work(connection)
    return Facts(server["connections"], server["connections_limit"], ahead, schema, waiting, workers, blockers)


async def _read_work(connection: Any) -> tuple[list[dict[str, Any]], int | None]:
    """Return the workers, and how many documents wait; none and nothing while somebody has locked a table of theirs."""
    try:
        rows = await connection.fetch(load("sight_workers"), ALIVE_SECONDS, ALIVE_SECONDS, 0)
        jobs = await connection.fetch(load("count_unfinished_jobs"))
    except asyncpg.LockNotAvailableError:
        return [], None
    workers = [dict(row) | {"vitals": json.loads(row["vitals"])} for row in rows]
    return workers, sum(row["jobs"] for row in jobs)


def _silent(place: str, port: int, error: BaseException) -> Finding:
    """Tell why it gave no answer; the driver's own words are left out, as they may quote the password."""
    if isinstance(error, asyncpg.TooManyConnectionsError):
        words = f"Postgres at {place} takes no further connection: all that it allows are in use"
        return bad("database", f"{words}{_most_used(port)}.", _end_of(_holder(port)))
    if isinstance(error, asyncpg.CannotConnectNowError):
        return bad("database", f"Postgres at {place} is starting, stopping or recovering.", f"Ask again soon. {_LOGS}")
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return bad("database", f"Postgres at {place} has no such database as DATABASE_URL names.", f"Run: {RESTART}")
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return bad("database", f"Postgres at {place} refuses user or password of DATABASE_URL.", f"Run: {RESTART}")
    if isinstance(error, TimeoutError):
        return bad("database", f"Postgres at {place} did not answer within {_PATIENCE_SECONDS:g} s: it hangs.", _LOGS)
    return bad("database", f"Nothing answers at {place}, where Postgres should ({type(error).__name__}).", _LOGS)


def judge_connections(facts: Facts, place: str) -> Finding:
    """Tell how many connections are in use, and who has most of them when they are nearly all."""
    words = f"Postgres at {place} answers; {facts.connections} of its {facts.limit} connections are in use"
    if facts.connections < _NEARLY_USED * facts.limit:
        return good("database", f"{words}.")
    port = int(place.rpartition(":")[2])
    return bad("database", f"{words}{_most_used(port)}.", _end_of(_holder(port)))


def _end_of(holder: tuple[psutil.Process, int] | None) -> str:
    if holder is None:
        return "End the program that holds them; see: accessa alerts"
    return f"Run: kill {holder[0].pid}, if it should not have as many"


def _most_used(port: int) -> str:
    holder = _holder(port)
    return f"; {called(holder[0])} holds {holder[1]} of them" if holder else ""


def _holder(port: int) -> tuple[psutil.Process, int] | None:
    """Return the client on this machine with the most connections to `port`, and how many it has."""
    try:
        clients = Counter(
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_ESTABLISHED and one.raddr and one.raddr.port == port and one.pid
        )
        [(pid, count)] = clients.most_common(1)
        return psutil.Process(pid), count
    except (psutil.Error, ValueError):
        return None
