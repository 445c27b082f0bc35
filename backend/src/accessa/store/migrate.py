"""Brings the database to the schema this version needs, and compares it with the models."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SAWarning
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from accessa.domain.errors import AccessaError, RecoverableError, UsageError
from accessa.settings import load_settings
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.models import SCHEMA, Base
from accessa.store.pool import WITHOUT_COMPILER
from accessa.store.statements import load

VERSION_TABLE = "accessa_alembic_version"
_SERVED = text("SELECT environment FROM upload_pipeline.deployment")
_DECLARE = text("UPDATE upload_pipeline.deployment SET environment = :name")
_HAS_ENVIRONMENT = text("SELECT to_regclass('upload_pipeline.deployment') IS NOT NULL")
# Of processes that go on through a reset: who they say that they are, and as whom they make rows.
_KEPT = ("providers", "workers")
_KEEP = "SELECT coalesce(jsonb_agg(kept), '[]')::text FROM {schema}.{table} kept"
_PUT_BACK = """
INSERT INTO upload_pipeline.{table}
SELECT kept.* FROM jsonb_populate_recordset(NULL::upload_pipeline.{table}, CAST(:rows AS jsonb)) kept
ON CONFLICT DO NOTHING
"""
# All at the beginning: whoever meets a deadlock has lost little, and nobody claims a job after the count.
_HOLD_ALL = text("""
DO $$
DECLARE wanted text;
BEGIN
    SET LOCAL lock_timeout = '2s';
    SELECT string_agg(oid::regclass::text, ', ' ORDER BY relname <> 'upload_jobs', relname) INTO wanted
    FROM pg_class WHERE relnamespace = 'upload_pipeline'::regnamespace AND relkind IN ('r', 'p');
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', wanted);
END $$
""")
# One migration at a time, whoever starts it; held for the transaction, so it also works behind a pooler.
_WITHOUT_COMPILER = text(f"SET LOCAL {WITHOUT_COMPILER}")
_LOCK = text("SELECT pg_advisory_xact_lock(711203061)")

# Each try waits for a lock for two seconds (migration_steps.py), so that this is about a minute and a half.
_TRIES = 30
_PAUSE_SECONDS = 1.0
_HELD = {asyncpg.LockNotAvailableError.sqlstate, asyncpg.DeadlockDetectedError.sqlstate}

# Renamed rather than dropped, a schema needs no lock that its users hold, and can be had back.
ASIDE = "upload_pipeline_set_aside"
SET_ASIDE = f"""
SELECT pg_advisory_xact_lock(711203061);
SET lock_timeout = '10s';
CREATE EXTENSION IF NOT EXISTS vector;
DROP SCHEMA IF EXISTS {ASIDE} CASCADE;
DO $$ BEGIN
    IF to_regnamespace('{SCHEMA}') IS NOT NULL THEN
        ALTER SCHEMA {SCHEMA} RENAME TO {ASIDE};
        ALTER TABLE IF EXISTS public.{VERSION_TABLE} SET SCHEMA {ASIDE};
    END IF;
END $$;
"""
_IS_ASIDE = text(f"SELECT to_regclass('{ASIDE}.{VERSION_TABLE}') IS NOT NULL")
_OLD_REVISION = text("SELECT version_num FROM upload_pipeline_set_aside.accessa_alembic_version")

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Emptied:
    """The revision of the schema after a reset, and what went with the old one; `holders` had jobs in hand."""

    revision: str
    documents: int = 0
    jobs: int = 0
    vectors: int = 0
    holders: frozenset[str] = frozenset()


def head() -> str:
    """Return the newest revision that this version knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def upgrade(url: str, revision: str = "head", *, environment: str = "local") -> str:
    """Migrate the database at `url` (postgresql://…) up to `revision`; return the revision it then has.

    At the newest revision the database is also told which environment it serves. Raises `UsageError` ENVIRONMENT_WRONG
    when it serves another one already, or has met a mock and is now to serve `staging` or `production`.
    """
    return _run(url, lambda connection: _upgrade(connection, revision, environment))


def downgrade(url: str, revision: str = "base") -> str:
    """Take the database at `url` back to `revision`; return the revision it then has ("" for none)."""
    return _run(url, lambda connection: _downgrade(connection, revision))


def reset(url: str) -> Emptied:
    """Drop the whole schema with all its rows and build it anew, so that processes which use it can go on."""
    return _run(url, _reset)


def knows(revision: str) -> bool:
    """Tell whether this version has a migration that leads to `revision`."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def take_over(url: str) -> str:
    """Migrate the schema that a restore has put in the place of ours, and drop ours; return the revision it has."""
    return _run(url, _take_over)


def give_back(url: str) -> None:
    """Drop the schema that a restore has put in the place of ours, and have ours back."""
    _run(url, _give_back)


def differences(url: str) -> list[str]:
    """Return what differs between the live schema and the models, one plain line each; empty when they are equal."""
    return _run(url, _differences)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("accessa.store").joinpath("migrations")))
    config.attributes["connection"] = connection
    return config


def _run(url: str, work: Callable[[Connection], _Result]) -> _Result:
    async def connect_and_work() -> _Result:
        engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: _connect(url))
        try:
            return await _in_one_transaction(engine, work)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(connect_and_work())
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError):
        raise RecoverableError("DATABASE_UNAVAILABLE") from None


async def _in_one_transaction(engine: AsyncEngine, work: Callable[[Connection], _Result]) -> _Result:
    """Do the work as a whole; when a table is held by others it is begun anew, as to wait for it would hold them up."""
    for left in reversed(range(_TRIES)):
        try:
            async with engine.begin() as connection:
                await connection.execute(_LOCK)
                await connection.execute(_WITHOUT_COMPILER)
                return await connection.run_sync(work)
        except (asyncpg.PostgresError, DBAPIError) as error:
            if _sqlstate(error) not in _HELD:
                raise
            if not left:
                raise RecoverableError("MIGRATION_BLOCKED") from None
            await asyncio.sleep(_PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")


def _sqlstate(error: asyncpg.PostgresError | DBAPIError) -> str | None:
    return getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)


async def _connect(url: str) -> Any:
    """Connect; what is refused is told here, as SQLAlchemy would hide the driver's reason in an error of its own."""
    try:
        return await asyncpg.connect(url, statement_cache_size=0, timeout=10)
    except (asyncpg.ClientConfigurationError, ValueError):
        raise _wrong_address("is no address of a Postgres database, such as postgresql://user:…@host/name") from None
    except asyncpg.InvalidCatalogNameError:
        raise _wrong_address("names a database that does not exist") from None
    except asyncpg.InvalidAuthorizationSpecificationError:
        raise _wrong_address("names a user or a password that Postgres refuses") from None
    except DRIVER_ERRORS:
        raise RecoverableError("DATABASE_UNAVAILABLE") from None


def _wrong_address(finding: str) -> UsageError:
    return UsageError("SETTINGS_INVALID", f"DATABASE_URL {finding}; correct it and run the command again.")


def _upgrade(connection: Connection, revision: str, environment: str = "local") -> str:
    command.upgrade(_config(connection), revision)
    reached = _current(connection)
    if reached == head():
        _declare(connection, environment)
    return reached


def _declare(connection: Connection, environment: str) -> None:
    """Write down which environment the database serves, once; the guards against mocks follow it."""
    served = connection.execute(_SERVED).scalar_one()
    if served == environment:
        return
    if served != "local":
        raise UsageError(
            "ENVIRONMENT_WRONG",
            f"The database serves {served}, and ENVIRONMENT is {environment}; give each environment its own database.",
        )
    try:
        connection.execute(_DECLARE, {"name": environment})
    except IntegrityError:
        raise UsageError(
            "ENVIRONMENT_WRONG",
            f"The database holds rows that a mock has made, so it cannot serve {environment}; start with an empty one.",
        ) from None


def _downgrade(connection: Connection, revision: str) -> str:
    command.downgrade(_config(connection), revision)
    return _current(connection)


def _reset(connection: Connection) -> Emptied:
    served = _environment(connection)
    if served not in {None, "local"}:
        raise UsageError("ENVIRONMENT_WRONG", f"The database serves {served}, so it is not reset.")
    if _current(connection) != head():
        return Emptied(_rebuild(connection))
    connection.execute(_HOLD_ALL)
    counts = connection.execute(text(load("count_before_reset"))).one()
    kept = _keep(connection, SCHEMA)
    revision = _rebuild(connection)
    _put_back(connection, kept)
    return Emptied(revision, counts.documents, counts.jobs, counts.vectors, frozenset(counts.holders))


def _keep(connection: Connection, schema: str) -> dict[str, str]:
    found = {table: connection.execute(text(_KEEP.format(schema=schema, table=table))) for table in _KEPT}
    return {table: str(rows.scalar_one()) for table, rows in found.items()}


def _put_back(connection: Connection, kept: dict[str, str]) -> None:
    for table, rows in kept.items():
        connection.execute(text(_PUT_BACK.format(table=table)), {"rows": rows})


def _take_over(connection: Connection) -> str:
    """Whoever uses the old schema goes on with the new one, so that these are its workers, not those of the backup."""
    was_ours = connection.execute(_IS_ASIDE).scalar_one()
    is_current = was_ours and connection.execute(_OLD_REVISION).scalar_one() == head()
    kept = _keep(connection, ASIDE) if is_current else {}
    revision = _upgrade(connection, "head")
    connection.execute(text("DELETE FROM upload_pipeline.workers"))
    _put_back(connection, kept)
    connection.execute(text(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE"))
    return revision


def _give_back(connection: Connection) -> None:
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    connection.execute(text(f"DROP TABLE IF EXISTS public.{VERSION_TABLE}"))
    if connection.execute(_IS_ASIDE).scalar_one():
        connection.execute(text(f"ALTER TABLE {ASIDE}.{VERSION_TABLE} SET SCHEMA public"))
        connection.execute(text(f"ALTER SCHEMA {ASIDE} RENAME TO {SCHEMA}"))


def _rebuild(connection: Connection) -> str:
    connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    connection.execute(text(f"DROP TABLE IF EXISTS public.{VERSION_TABLE}"))
    return _upgrade(connection, "head")


def _environment(connection: Connection) -> str | None:
    if not connection.execute(_HAS_ENVIRONMENT).scalar_one():
        return None
    return str(connection.execute(_SERVED).scalar_one())


def _current(connection: Connection) -> str:
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "version_table_schema": "public"}
    )
    return context.get_current_revision() or ""


def _differences(connection: Connection) -> list[str]:
    current, wanted = _current(connection), head()
    if current != wanted:
        return [f"the database is at revision {current or 'none'}, this version needs {wanted}: run accessa db migrate"]
    options = {
        "include_schemas": True,
        "include_name": _is_ours,
        "compare_type": True,
        "compare_server_default": True,
    }
    context = MigrationContext.configure(connection, opts=options)
    with warnings.catch_warnings():
        # What SQLAlchemy makes of a check that is NOT VALID, as an upgrade leaves it on large tables.
        warnings.filterwarnings("ignore", "Can't validate argument 'dialect_options'", SAWarning)
        return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Tell what the models describe; the partitions of the search index come and go with their users."""
    if kind == "table":
        return not str(name).startswith("indexed_vectors_")
    return kind != "schema" or name == SCHEMA


def main() -> int:
    """Migrate the database of the settings; tell the revision or the reason why not."""
    try:
        settings = load_settings()
        revision = upgrade(settings.database.url.get_secret_value(), environment=settings.runtime.environment)
    except AccessaError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(f"the database is at revision {revision}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
