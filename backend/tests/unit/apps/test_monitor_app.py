"""The monitoring service without a database: it serves, says so, and stays quick."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
from asgi_lifespan import LifespanManager

from accessa.apps.monitor.app import create_app
from accessa.settings import load_settings
from accessa.stack.ports import any_free_port


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    return any_free_port()


@pytest.fixture
async def monitor(
    tmp_path: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, whose database is gone and whose one other service is well."""
    services = [{"name": "api-server", "url": "http://api:8000", "state": "healthy", "pid": 5, "restarts": 0}]
    (tmp_path / "stack.json").write_bytes(orjson.dumps({"services": services}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres:hidden@127.0.0.1:{closed_port}/absent")
    well = httpx.MockTransport(lambda _request: httpx.Response(200))
    async with (
        LifespanManager(create_app(load_settings(), transport=well)) as manager,
        httpx.AsyncClient(transport=httpx.ASGITransport(manager.app), base_url="http://127.0.0.1:3000") as client,
    ):
        yield client


async def test_health_needs_no_database_and_is_quick(monitor: httpx.AsyncClient) -> None:
    """The service's own health answers in under 100 ms while Postgres is gone."""
    started = time.perf_counter()
    response = await monitor.get("/health")
    seconds = time.perf_counter() - started

    assert (200, {"status": "ok"}) == (response.status_code, response.json())
    assert seconds < 0.1


async def test_the_page_serves_without_a_database(monitor: httpx.AsyncClient) -> None:
    """The page itself comes as HTML under a policy that lets it speak to its own service only."""
    response = await monitor.get("/")

    assert (200, "text/html; charset=utf-8") == (response.status_code, response.headers["content-type"])
    assert "connect-src 'self'" in response.headers["content-security-policy"]


async def test_the_overview_says_that_postgres_does_not_answer(monitor: httpx.AsyncClient) -> None:
    """Without a database the services are still told, and every figure is absent rather than zero."""
    overview = (await monitor.get("/api/overview")).json()

    assert {"level": "down", "sentences": ["Postgres does not answer."]} == overview["verdict"]
    assert [("api-server", True)] == [(service["name"], service["healthy"]) for service in overview["services"]]
    figures = (
        "workers",
        "totals",
        "waiting",
        "failures",
        "failure_groups",
        "oldest",
        "slowest",
        "providers",
        "seconds",
    )
    assert dict.fromkeys(figures) == {name: overview[name] for name in figures}
    assert {None} == {step["count"] for stretch in overview["pipeline"] for step in stretch["steps"]}


async def test_no_list_of_targets_is_told_before_the_workers_are_known(monitor: httpx.AsyncClient) -> None:
    """A list without workers would have Prometheus drop those that it has; after an error it keeps them."""
    answer = await monitor.get("/api/targets")

    assert (503, "DATABASE_UNAVAILABLE") == (answer.status_code, answer.json()["error"]["code"])


async def test_what_cannot_be_silenced_is_refused_with_code_and_sentence(monitor: httpx.AsyncClient) -> None:
    """An alert that is not in the catalogue is unknown; without a database nothing can be kept or ended."""
    known, unknown = [{"alert": alert, "seconds": 900} for alert in ("NoWorker", "NoSuch")]
    answers = [
        await monitor.post("/api/silences", json=unknown),
        await monitor.post("/api/silences", json=known),
        await monitor.delete("/api/silences/00000000-0000-4000-8000-000000000009"),
    ]

    assert [(404, "ALERT_UNKNOWN"), (503, "DATABASE_UNAVAILABLE"), (503, "DATABASE_UNAVAILABLE")] == [
        (answer.status_code, answer.json()["error"]["code"]) for answer in answers
    ]
    assert {"The database does not answer; try again in a moment."} == {
        answer.json()["error"]["message"] for answer in answers[1:]
    }


async def test_the_password_of_the_database_is_never_told(monitor: httpx.AsyncClient) -> None:
    """No answer of the service holds the database's password."""
    answers = [(await monitor.get(path)).text for path in ("/", "/api/overview", "/health", "/absent")]

    assert [] == [answer for answer in answers if "hidden@" in answer or "postgres:hidden" in answer]


async def test_a_service_that_hangs_does_not_hold_up_a_scrape(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Prometheus gets what is known at once, however long a service lets the health check wait."""
    services = [{"name": "api-server", "url": "http://api:8000", "state": "healthy", "pid": 5, "restarts": 0}]
    (tmp_path / "stack.json").write_bytes(orjson.dumps({"services": services}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:hidden@127.0.0.1:1/absent")

    async def hangs(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(200)

    async with (
        LifespanManager(create_app(load_settings(), transport=httpx.MockTransport(hangs))) as manager,
        httpx.AsyncClient(transport=httpx.ASGITransport(manager.app), base_url="http://127.0.0.1:3000") as client,
    ):
        first = await client.get("/metrics")
        started = time.perf_counter()
        later = await client.get("/metrics")

    assert 'accessa_service_up{service="api-server"} 0.0' in first.text
    assert 'accessa_service_up{service="api-server"} 0.0' in later.text
    assert time.perf_counter() - started < 0.5
