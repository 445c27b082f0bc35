"""The monitoring's view of Postgres over outages: it says so, never hangs, recovers alone, and forgets no worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS
from backend.tests.integration.written_rows import writing
from pydantic import SecretStr

from accessa.apps.monitor.app import create_app
from accessa.observe import database_view as monitor_database
from accessa.observe.database_view import LOCKED_SENTENCE, REFUSED_SENTENCE, SILENT_SENTENCE, Database
from accessa.settings import load_settings

_WORKER = """
INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, jobs_in_hand, version, metrics_url)
VALUES ('w1', 'here', 1, 'running', 0, '0', 'http://127.0.0.1:40001/metrics')
"""


class _Road:
    """A TCP road to Postgres that can be closed, opened again on the same port, and frozen."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._flows.wait()
                writer.write(data)
        writer.close()


@pytest.fixture
async def road(database_url: str) -> AsyncIterator[_Road]:
    """An open road to the test's database."""
    parts = urlsplit(database_url)
    assert parts.hostname
    road = _Road(parts.hostname, parts.port or 5432)
    await road.open()
    yield road
    road.thaw()
    await road.close()


@pytest.fixture
def url_by_road(database_url: str, road: _Road) -> str:
    """The address of the test's database over that road."""
    parts = urlsplit(database_url)
    credentials = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{road.port}"))


@pytest.fixture
async def database(url_by_road: str) -> AsyncIterator[Database]:
    """The monitoring's view over that road."""
    database = Database(url_by_road, alive_seconds=15)
    yield database
    await database.close()


async def test_a_lost_database_is_told_and_its_return_seen(database: Database, road: _Road) -> None:
    """The view answers, says that Postgres does not answer while it is gone, and answers again after."""
    before = await database.look()
    await road.close()
    during = await database.look()
    await road.open()
    after = await database.look()

    assert [True, False, True] == [view.answers for view in (before, during, after)]
    assert ("", SILENT_SENTENCE, "") == (before.sentence, during.sentence, after.sentence)
    assert after.figures is not None


async def test_a_short_interruption_between_two_looks_goes_unnoticed(database: Database, road: _Road) -> None:
    """A connection that died between two looks is replaced within the next one."""
    await database.look()
    await road.close()
    await road.open()

    assert ("", True) == ((view := await database.look()).sentence, view.figures is not None)


async def test_a_frozen_database_does_not_hold_the_page(
    database: Database, road: _Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Postgres that accepts but never answers is told within the time of a look, and seen again when it thaws."""
    await database.look()
    monkeypatch.setattr(monitor_database, "LOOK_SECONDS", 0.2)
    road.freeze()
    started = time.monotonic()
    during = await database.look()
    seconds = time.monotonic() - started
    road.thaw()
    monkeypatch.undo()
    after = await database.look()

    assert (SILENT_SENTENCE, "") == (during.sentence, after.sentence)
    assert seconds < 1


async def test_a_locked_table_is_told_as_that(database_url: str, database: Database) -> None:
    """A Postgres that answers but cannot tell the figures for a lock is not called silent or slow."""
    holder = await asyncpg.connect(database_url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE upload_pipeline.upload_jobs IN ACCESS EXCLUSIVE MODE")
        during = await database.look()
    after = await database.look()
    await holder.close()

    assert [(True, LOCKED_SENTENCE), (True, "")] == [(view.answers, view.sentence) for view in (during, after)]


async def test_a_refused_password_is_not_called_an_outage(database_url: str) -> None:
    """A Postgres that refuses the connection is told as that, with the setting to look at."""
    parts = urlsplit(database_url)
    wrong = urlunsplit(parts._replace(path="/no_such_database"))
    database = Database(wrong, alive_seconds=15)

    view = await database.look()
    await database.close()

    assert (False, REFUSED_SENTENCE) == (view.answers, view.sentence)


async def test_a_table_that_a_migration_changed_is_read_at_once(database_url: str, database: Database) -> None:
    """A statement that was prepared for the table of before is prepared anew within the same look."""
    migrating = await asyncpg.connect(database_url)
    await migrating.execute("CREATE TABLE watched (a integer); INSERT INTO watched VALUES (1)")
    seen = []
    for change in ("ADD COLUMN b integer DEFAULT 2", "ADD COLUMN c integer DEFAULT 3"):
        seen.append(await database.ask(lambda connection: connection.fetchrow("SELECT * FROM watched")))
        await migrating.execute(f"ALTER TABLE watched {change}")
    seen.append(await database.ask(lambda connection: connection.fetchrow("SELECT * FROM watched")))
    await migrating.close()

    assert [(1,), (1, 2), (1, 2, 3)] == [tuple(answer.value) for answer in seen if answer.value]


async def test_the_last_workers_stay_targets_while_the_database_is_silent(
    database_url: str, url_by_road: str, road: _Road
) -> None:
    """Prometheus goes on scraping them over an outage, and the monitoring is found where it was asked."""
    async with writing(database_url) as rows:
        await rows.connection.execute(_WORKER)
    settings = load_settings()
    group = settings.database.model_copy(update={"url": SecretStr(url_by_road)})
    app = create_app(settings.model_copy(update={"database": group}))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:3000") as client,
    ):
        known = await client.get("/api/targets")
        await road.close()
        await _until(client, "/metrics", lambda answer: "accessa_database_up 0.0" in answer.text)
        kept = await client.get("/api/targets")

    assert [
        {"targets": ["127.0.0.1:40001"], "labels": {"job": "base-worker"}},
        {"targets": ["localhost:3000"], "labels": {"job": "monitoring"}},
    ] == [group for group in kept.json() if group["labels"]["job"] in {"base-worker", "monitoring"}]
    assert (known.json(), "application/json") == (kept.json(), kept.headers["content-type"])


async def _until(client: httpx.AsyncClient, path: str, is_so: Callable[[httpx.Response], bool]) -> httpx.Response:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so(answer := await client.get(path)):
            await asyncio.sleep(LOOK_SECONDS)
    return answer
