"""Builds a search index over all copies at once, while they are searched, deleted and added to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from accessa.settings import DatabaseSettings
from accessa.store.database import Connection, Database
from accessa.store.driver_errors import DRIVER_ERRORS, translate
from accessa.store.search_index import SearchIndex
from accessa.store.statements import load

# A graph that does not fit into memory is built as slowly as one that grows. More than one process would take the
# processors from ingestion.
_SESSION = {
    "application_name": "accessa-search-index",
    "statement_timeout": "0",
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "0",
}
_LOCK_SECONDS = 2.0


async def claim_build(connection: Connection, index_id: int) -> SearchIndex | None:
    """Take an index on that is to be built; None when it is built, nobody is to build it yet, or somebody is at it."""
    row = await connection.fetchrow(load("claim_index_build"), index_id)
    return SearchIndex(**row) if row else None


async def build(database: Database, settings: DatabaseSettings, index: SearchIndex) -> None:
    """Build an index that was claimed; what fails, with an error of ours, leaves it to be claimed again.

    No transaction can hold the build, nor its limits be set for one: it has a connection of its own.
    """
    try:
        async with _session(settings) as session:
            async with session.transaction():
                await session.execute(load("limit_lock_time"), f"{_LOCK_SECONDS:g}s")
                await session.execute(index.fill("drop_nearest_index"))
            await session.execute(index.fill("build_nearest_index"))
    finally:
        async with database.connection() as connection:
            await connection.execute(load("end_index_build"), index.index_id)


@asynccontextmanager
async def _session(settings: DatabaseSettings) -> AsyncIterator[Connection]:
    connection: Connection = None
    try:
        connection = await asyncpg.connect(
            settings.url.get_secret_value(), timeout=settings.connect_timeout_seconds, server_settings=_SESSION
        )
        yield connection
    except DRIVER_ERRORS as error:
        raise translate(error) or error from error
    finally:
        if connection is not None:
            connection.terminate()
