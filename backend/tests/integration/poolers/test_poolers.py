"""Documents walk through every kind of pooler, which is found out without being told."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import structlog
from backend.tests.house import House
from backend.tests.integration.poolers.pgbouncer import pgbouncer, require_pgbouncer
from backend.tests.live_sets import connect, publish, vectors
from pydantic import SecretStr

from accessa.observe.database_view import Database as Monitored
from accessa.providers.vector_wire import to_wire
from accessa.settings import DatabaseSettings
from accessa.store import migrate
from accessa.store.database import Database
from accessa.store.driver_errors import DatabaseTroubleError
from accessa.store.pooler import Pooler
from accessa.store.search import Question, nearest_chunks
from accessa.store.search_index import VectorKind

# The maker of vectors that were put in by hand becomes the one that the house's settings name.
RENAME = """
WITH made AS (INSERT INTO upload_pipeline.providers VALUES ($1) ON CONFLICT DO NOTHING),
    vectors AS (UPDATE upload_pipeline.document_vector_buffer SET provider = $1)
UPDATE upload_pipeline.documents SET live_embed_provider = $1
"""
Pools = Callable[..., str]
PAGE = b"<html><body><h1>Words</h1><p>All about words in one sentence.</p></body></html>"


@pytest.fixture
def pools() -> Iterator[Pools]:
    """Start poolers before a database; they end with the test."""
    require_pgbouncer()
    with ExitStack() as stack:
        # The user that the pooler runs as, where the tests run as root, has to get in.
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="accessa-pgb-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)

        def start(url: str, mode: str, *, size: int = 5, settings: str = "") -> str:
            place = folder / f"{mode}-{len(list(folder.iterdir()))}"
            return stack.enter_context(pgbouncer(place, url, mode, size=size, settings=settings))

        yield start


async def kind_of(url: str, **changes: str) -> Pooler | None:
    """Return what a database of these settings takes to stand before it."""
    database = Database(DatabaseSettings.model_validate({"url": SecretStr(url), **changes}))
    await database.open()
    await database.close()
    return database.pooler


async def test_poolers_are_told_apart(database_url: str, pools: Pools) -> None:
    """Nothing, a session pooler and a transaction pooler are each found out, whichever connection it lends next."""
    session = pools(database_url, "session")
    found = {
        "direct": await kind_of(database_url),
        "session": await kind_of(session),
        "transaction": await kind_of(pools(database_url, "transaction")),
        "one connection": await kind_of(pools(database_url, "transaction", size=1)),
        "in turn": await kind_of(
            pools(database_url, "transaction", size=2, settings="server_round_robin = 1\nmin_pool_size = 2")
        ),
        "told": await kind_of(session, pooler="transaction"),
    }

    assert {
        "direct": Pooler.NONE,
        "session": Pooler.SESSION,
        "transaction": Pooler.TRANSACTION,
        "one connection": Pooler.TRANSACTION,
        "in turn": Pooler.TRANSACTION,
        "told": Pooler.TRANSACTION,
    } == found


@pytest.mark.fault("D10", "transaction pooler in the path (6543)", "no doorbell, found by polling, told once", "L1, L2")
@pytest.mark.parametrize(
    ("mode", "size"), [("session", 60), ("transaction", 1), ("transaction", 2)], ids=["session", "one", "two"]
)
async def test_documents_walk_through_a_pooler(house: House, pools: Pools, mode: str, size: int) -> None:
    """Parsed and plain documents complete through each pooler, also where workers share one connection."""
    url = pools(house.settings.database.url.get_secret_value(), mode, size=size)
    distant = house.with_settings(database={"url": SecretStr(url)})
    with structlog.testing.capture_logs() as told:
        async with distant.worker(jobs_at_once=4), distant.worker(jobs_at_once=4):
            accepted = [await house.upload(PAGE, "a.html"), await house.upload(b"# Words\n\nof a text\n", "b.md")]
            jobs = [await house.ended(answer["job_id"]) for answer in accepted]
    silent = [line for line in told if line["event"].startswith("The doorbell is off behind a transaction pooler")]

    assert ["complete", "complete"] == [job["status"] for job in jobs]
    assert (mode == "transaction") == bool(silent)
    assert not [line for line in told if line["log_level"] in {"warning", "error"}]


async def test_the_monitoring_looks_through_a_transaction_pooler(database_url: str, pools: Pools) -> None:
    """The figures are told look after look, whichever connection the pooler lends for the next one."""
    url = pools(database_url, "transaction", size=2, settings="server_round_robin = 1")
    monitoring = Monitored(url, alive_seconds=15)
    other = await asyncpg.connect(url, statement_cache_size=0)
    views = [await monitoring.look()]
    async with other.transaction():
        await other.execute("SELECT")  # from now on the pooler has to lend another connection
        views.append(await monitoring.look())
    views += [await monitoring.look() for _ in range(3)]
    await other.close()
    await monitoring.close()

    assert [("", True)] * 5 == [(view.sentence, view.figures is not None) for view in views]


async def test_searches_go_through_an_index_behind_a_transaction_pooler(house: House, pools: Pools) -> None:
    """The index is made, filled and searched where no setting outlives its transaction."""
    direct = house.settings.database.url.get_secret_value()
    connection = await connect(direct)
    user, kind = uuid4(), VectorKind("m", "1", "mock-openai", 16)
    live = await publish(connection, user, vectors(60), kind)
    url = pools(direct, "transaction", size=1)
    distant = house.with_settings(database={"url": SecretStr(url)}, search={"index_from": 10})
    distant = distant.with_settings(embed={"model": "m", "dimensions": 16})
    counted = "SELECT FROM upload_pipeline.indexed_sets JOIN upload_pipeline.search_indexes USING (index_id)"
    with structlog.testing.capture_logs() as told:
        async with distant.services() as services:
            kind = replace(kind, provider=services.embedder.identity)
            await connection.execute(RENAME, kind.provider)
            async with distant.worker(), asyncio.timeout(30):
                while not await house.rows(f"{counted} WHERE complete AND built_at IS NOT NULL"):
                    await asyncio.sleep(0.05)
            found = await nearest_chunks(services.database, Question(user, to_wire(vectors(1))[0], kind, 5))
    await connection.close()

    assert live.chunk_ids[0] == found[0]["chunk_id"]
    assert 5 == found[0]["candidates"]
    assert not [line for line in told if line["log_level"] in {"warning", "error"}]


def test_migrations_run_through_a_transaction_pooler(
    postgres_url: str, fresh_database: Callable[..., str], pools: Pools
) -> None:
    """A schema is made, compared and taken back through a pooler that lends a connection for a transaction."""
    direct = fresh_database(postgres_url, "template0")
    url = pools(direct, "transaction", size=2)

    assert (migrate.head(), []) == (migrate.upgrade(url), migrate.differences(url))
    assert migrate.head() == migrate.upgrade(url)


async def test_a_pooler_that_is_not_told_the_truth_about_is_named(database_url: str, pools: Pools) -> None:
    """Where the setting says that there is none, the error of a lost statement says what to set."""
    url = pools(database_url, "transaction", size=1)
    settings = DatabaseSettings(url=SecretStr(url), pooler="none")
    first = Database(settings)
    async with first.connection() as connection:
        await connection.fetchval("SELECT 'one'")
    # What one client keeps on the connection, another one may lose.
    stranger = await asyncpg.connect(url, statement_cache_size=0)
    await stranger.execute("DEALLOCATE ALL")
    with pytest.raises(DatabaseTroubleError, match="DATABASE_POOLER=transaction"):
        async with first.connection() as connection:
            await connection.fetchval("SELECT 'one'")
    await stranger.close()
    await first.close()


async def test_a_pooler_that_begins_to_lend_for_transactions_is_noticed(database_url: str, pools: Pools) -> None:
    """One call meets a lost statement, and those after it keep none: nobody has to set anything or to start again."""
    parts = urlsplit(database_url)
    url = pools(database_url, "session", size=3, settings=f"admin_users = {parts.username}")
    database = Database(DatabaseSettings(url=SecretStr(url)))
    await database.open()
    before = database.pooler
    desk = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path="/pgbouncer")), statement_cache_size=0)
    await desk.execute("SET pool_mode = 'transaction'")
    async with database.connection() as connection:
        await connection.fetchval("SELECT 'one'")
    stranger = await asyncpg.connect(url, statement_cache_size=0)
    await stranger.execute("DEALLOCATE ALL")
    with pytest.raises(DatabaseTroubleError):
        async with database.connection() as connection:
            await connection.fetchval("SELECT 'one'")
    answers = []
    for _ in range(3):
        async with database.connection() as connection:
            answers.append(await connection.fetchval("SELECT 'one'"))
            await stranger.execute("DEALLOCATE ALL")
    for client in (stranger, desk, database):
        await client.close()

    assert (Pooler.SESSION, Pooler.TRANSACTION) == (before, database.pooler)
    assert ["one"] * 3 == answers
