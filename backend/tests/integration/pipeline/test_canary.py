"""Canary documents: what one proves, what one that fails tells, and that nobody is disturbed by them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager
from backend.tests.simulators import new_word, page

from accessa.apps.monitor.app import create_app
from accessa.observe.canary import Canaries
from accessa.observe.canary_api import CANARY_USER
from accessa.settings import ApiSettings, CanarySettings, StackSettings
from accessa.store.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAST = "SELECT * FROM upload_pipeline.canary_runs ORDER BY started_at DESC LIMIT 1"
LEFT = "SELECT document_id FROM upload_pipeline.documents WHERE user_id = $1"
PLANTED = """
INSERT INTO upload_pipeline.canary_runs (started_at) VALUES (now() - interval '10 minutes') RETURNING run_id
"""
AGED = "UPDATE upload_pipeline.canary_runs SET started_at = started_at - make_interval(secs => $1)"


@pytest_asyncio.fixture(loop_scope="module")
async def database(shared_house: House) -> AsyncIterator[Database]:
    """The database as the monitoring has it, in which no canary has been sent."""
    await shared_house.rows("DELETE FROM upload_pipeline.canary_runs")
    opened = Database(shared_house.settings.database)
    yield opened
    await opened.close()


def canaries(house: House, database: Database, *, seconds: float = 30, address: str | None = None) -> Canaries:
    """Return a sender of canaries that are given `seconds`."""
    settings = CanarySettings(every_seconds=300, timeout_seconds=seconds)
    return Canaries(database, settings, lambda: address or house.settings.api.public_url)


async def last(house: House) -> dict[str, Any]:
    """Return the canary that began last."""
    [row] = await house.rows(LAST)
    return dict(row)


async def left(house: House) -> list[Any]:
    """Return the documents of canaries that are still stored."""
    return [row["document_id"] for row in await house.rows(LEFT, CANARY_USER)]


async def test_a_canary_is_found_and_leaves_nothing_behind(shared_house: House, database: Database) -> None:
    """A canary goes all the way in the sight of nobody: its row says so, and its document is gone."""
    async with shared_house.worker():
        assert await canaries(shared_house, database).send_if_due(300)

    run = await last(shared_house)
    assert (True, None, "delete") == (run["passed"], run["code"], run["step"])
    assert run["seconds"] > 0
    assert [] == await left(shared_house)
    assert [] == (await shared_house.api.get("/documents")).json()["documents"]


async def test_without_a_worker_a_canary_tells_where_it_stands(shared_house: House, database: Database) -> None:
    """A canary that nobody processes fails in time with its status; the next one takes its remains away."""
    assert await canaries(shared_house, database, seconds=1).send_if_due(300)
    stuck = await last(shared_house)
    assert (False, "CANARY_OVERDUE", "uploaded") == (stuck["passed"], stuck["code"], stuck["step"])
    assert [stuck["document_id"]] == await left(shared_house)

    await shared_house.rows(AGED, 61.0)
    async with shared_house.worker():
        assert await canaries(shared_house, database).send_if_due(300)
    assert (await last(shared_house))["passed"]
    assert [] == await left(shared_house)


async def test_a_silent_api_fails_the_canary_by_name(shared_house: House, database: Database) -> None:
    """An API that does not answer is the code of the canary's failure, not merely that time has passed."""
    await canaries(shared_house, database, seconds=1, address="http://127.0.0.1:1").send_if_due(300)

    run = await last(shared_house)
    assert (False, "API_UNREACHABLE", "upload", None) == (
        run["passed"],
        run["code"],
        run["step"],
        run["document_id"],
    )


async def test_only_one_of_two_senders_sends(shared_house: House, database: Database) -> None:
    """Two monitoring processes that look at the same time send one canary, and none before the next is due."""
    senders = [canaries(shared_house, database, seconds=1) for _ in range(2)]
    sent = await asyncio.gather(*(sender.send_if_due(300) for sender in senders))

    assert [False, True] == sorted(sent)
    assert not await senders[0].send_if_due(300)


async def test_a_canary_whose_sender_died_is_ended_by_the_next(shared_house: House, database: Database) -> None:
    """A run that nobody ends any more is lost, and does not keep others from being sent."""
    planted = (
        "INSERT INTO upload_pipeline.canary_runs (started_at) VALUES (now() - interval '10 minutes') RETURNING run_id"
    )
    [row] = await shared_house.rows(planted)
    assert await canaries(shared_house, database, seconds=1).send_if_due(300)

    [lost] = await shared_house.rows(
        "SELECT passed, code FROM upload_pipeline.canary_runs WHERE run_id = $1", row["run_id"]
    )
    assert (False, "CANARY_LOST") == (lost["passed"], lost["code"])


@pytest.mark.usefixtures("database")
async def test_the_monitoring_is_ready_once_a_canary_came_through(shared_house: House, tmp_path: Path) -> None:
    """`/ready` answers 503 while no worker lives, and 200 only with the proof of a canary."""
    settings = shared_house.settings.model_copy(
        update={
            "stack": StackSettings(home=tmp_path),
            "canary": CanarySettings(every_seconds=0.2, timeout_seconds=20),
            "api": ApiSettings(public_url=shared_house.settings.api.public_url),
        }
    )
    app = create_app(settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:3000") as client:
        before = await client.get("/ready")
        assert (503, "not ready") == (before.status_code, before.json()["status"])
        assert "no worker is alive" in before.json()["sentence"]
        async with shared_house.worker(), LifespanManager(app), asyncio.timeout(60):
            while (ready := await client.get("/ready")).status_code != httpx.codes.OK:
                await asyncio.sleep(0.1)
    assert "a canary document was found" in ready.json()["sentence"]


async def test_users_see_nothing_of_canaries(shared_house: House, database: Database) -> None:
    """While a canary is under way, lists and searches of users are as before."""
    async with shared_house.worker():
        mine = await shared_house.upload(page(new_word()), "mine.html")
        await shared_house.ended(mine["job_id"])
        await canaries(shared_house, database).send_if_due(300)

    found = (await shared_house.api.post("/search", json={"query": "canary sings", "limit": 10})).json()["results"]
    assert {mine["document_id"]} == {hit["document_id"] for hit in found}
